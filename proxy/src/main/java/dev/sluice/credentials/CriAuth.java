package dev.sluice.credentials;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.registry.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

/**
 * The {@code AuthConfig} of a PullImage, with "" for what is absent.
 *
 * @param auth base64 of {@code user:password}
 * @param serverAddress the registry that the rest is meant for; "" for whichever
 */
public record CriAuth(
    String username,
    String password,
    String auth,
    String serverAddress,
    String identityToken,
    String registryToken) {
  private static final Set<String> DOCKER_HUB =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io");

  @Override
  public String toString() {
    return "auth";
  }

  /**
   * What containerd would make of it for a registry: nothing if it is meant for another one; else
   * password before identity token before {@code auth} before registry token.
   *
   * @param host {@code name[:port]}
   * @throws SluiceException INVALID if {@code auth} is malformed
   */
  Credentials credentials(String host) {
    if (!serverAddress.isEmpty() && !sameHost(host, authority(serverAddress))) {
      return Credentials.NONE;
    }
    if (!username.isEmpty()) {
      return new Credentials.Password(username, password);
    }
    if (!identityToken.isEmpty()) {
      return new Credentials.IdentityToken(identityToken);
    }
    if (!auth.isEmpty()) {
      return decoded();
    }
    return registryToken.isEmpty()
        ? Credentials.NONE
        : new Credentials.RegistryToken(registryToken);
  }

  private Credentials decoded() {
    String pair;
    try {
      pair = new String(Base64.getMimeDecoder().decode(auth), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw malformed("no base64");
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw malformed("not user:password");
    }
    String password = pair.substring(colon + 1).replaceFirst("\0+$", "");
    return new Credentials.Password(pair.substring(0, colon), password);
  }

  private static SluiceException malformed(String what) {
    return new SluiceException(
        FailureKind.INVALID, "read the credentials of a PullImage: 'auth' is " + what);
  }

  private static boolean sameHost(String host, String other) {
    return host.equals(other) || (DOCKER_HUB.contains(host) && DOCKER_HUB.contains(other));
  }

  private static String authority(String address) {
    String rest = address.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://", "");
    int slash = rest.indexOf('/');
    return slash < 0 ? rest : rest.substring(0, slash);
  }
}
