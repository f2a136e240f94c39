package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import dev.sluice.oci.ImageReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Docker's config.json. No error quotes it. */
public final class AuthFileFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    // UNAUTHORIZED: the input may name a credential helper, and there is none of that name.
    return Set.of(FailureKind.INVALID, FailureKind.UNAUTHORIZED);
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        {"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpzZWNyZXQ="},
        "host.test/team":{"username":"u","password":"p"},"host.test":{"identitytoken":"i"},
        "h2":{"registrytoken":"t"}}}
        """);
  }

  @Override
  public void run(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    if (text.contains("redHelpers") || text.contains("redsStore")) {
      return; // these name programs, and none is to be run here
    }
    AuthFile file = AuthFile.parse("config.json", text);
    for (String image : List.of("docker.io/library/a", "host.test/team/x/y", "h2/z")) {
      file.find(ImageReference.parse(image).repository(), Map.of());
    }
  }
}
