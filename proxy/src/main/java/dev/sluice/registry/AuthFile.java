package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file in the form of Docker's {@code config.json} or containers' {@code auth.json}.
 *
 * @param name names the file in messages
 */
record AuthFile(String name, JsonObject document) {
  private static final Set<String> DOCKER_HUB =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io");
  private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  /**
   * An absent file is empty.
   *
   * @throws SluiceException LOCAL_IO if it can't be read, INVALID if it is no JSON
   */
  static AuthFile read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException | NotDirectoryException _) {
      return new AuthFile(file.toString(), new JsonObject());
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "read credentials from " + file + ": " + e.getClass().getSimpleName(),
          "Make the file readable, or point DOCKER_CONFIG to another directory.",
          e);
    }
  }

  static AuthFile parse(String name, String text) {
    try {
      return new AuthFile(name, text.isBlank() ? new JsonObject() : new JsonObject(text));
    } catch (DecodeException _) {
      // The cause isn't kept: its text quotes the file.
      throw new SluiceException(
          FailureKind.INVALID, "read credentials from " + name + ": it is no JSON object");
    }
  }

  /** NONE if the file knows nothing of the registry. Runs a credential helper if it names one. */
  Credentials find(Repository repository, Map<String, String> environment) {
    try {
      String helper = helper(repository.host());
      if (helper != null) {
        Credentials found =
            new CredentialHelper(helper, environment).get(serverUrl(repository.host()));
        if (!(found instanceof Credentials.None)) {
          return found;
        }
      }
      JsonObject auths = document.getJsonObject("auths");
      JsonObject entry = auths == null ? null : entry(auths, repository);
      return entry == null ? Credentials.NONE : credentials(entry);
    } catch (ClassCastException _) {
      throw malformed("a value has the wrong type");
    }
  }

  private @Nullable String helper(String host) {
    JsonObject helpers = document.getJsonObject("credHelpers");
    if (helpers != null) {
      for (String key : names(host)) {
        String helper = helpers.getString(key);
        if (helper != null && !helper.isEmpty()) {
          return helper;
        }
      }
    }
    String store = document.getString("credsStore", "");
    return store.isEmpty() ? null : store;
  }

  private static List<String> names(String host) {
    List<String> names = new ArrayList<>(List.of(host));
    if (DOCKER_HUB.contains(host)) {
      names.addAll(DOCKER_HUB);
      names.add(DOCKER_HUB_KEY);
    }
    return names;
  }

  private static String serverUrl(String host) {
    return DOCKER_HUB.contains(host) ? DOCKER_HUB_KEY : host;
  }

  /** The entry with the longest path that the repository lies under. */
  private static @Nullable JsonObject entry(JsonObject auths, Repository repository) {
    for (String path = repository.path();
        ;
        path = path.substring(0, Math.max(0, path.lastIndexOf('/')))) {
      for (String host : names(repository.host())) {
        String wanted = path.isEmpty() ? host : host + "/" + path;
        for (String key : auths.fieldNames()) {
          if (plain(key).equals(plain(wanted))) {
            return auths.getJsonObject(key);
          }
        }
      }
      if (path.isEmpty()) {
        return null;
      }
    }
  }

  /** A key without scheme, API version and last slash. */
  private static String plain(String key) {
    String plain = key.replaceFirst("^https?://", "");
    return plain.replaceFirst("(/v[12])?/?$", "");
  }

  private Credentials credentials(JsonObject entry) {
    String identity = entry.getString("identitytoken", "");
    if (!identity.isEmpty()) {
      return new Credentials.IdentityToken(identity);
    }
    String registry = entry.getString("registrytoken", "");
    if (!registry.isEmpty()) {
      return new Credentials.RegistryToken(registry);
    }
    String auth = entry.getString("auth", "");
    if (auth.isEmpty()) {
      String user = entry.getString("username", "");
      return user.isEmpty()
          ? Credentials.NONE
          : new Credentials.Password(user, entry.getString("password", ""));
    }
    String pair;
    try {
      pair = new String(Base64.getMimeDecoder().decode(auth), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw malformed("an 'auth' value is no base64");
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw malformed("an 'auth' value is not user:password");
    }
    String password = pair.substring(colon + 1).replaceFirst("\0+$", "");
    return new Credentials.Password(pair.substring(0, colon), password);
  }

  private SluiceException malformed(String what) {
    return new SluiceException(
        FailureKind.INVALID,
        "read credentials from " + name + ": " + what,
        "Log in again to have the entry written anew.",
        null);
  }
}
