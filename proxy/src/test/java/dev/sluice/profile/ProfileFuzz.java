package dev.sluice.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import dev.sluice.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A kept profile: JSON that gets the first line that it should have. */
public final class ProfileFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT);
  }

  @Override
  public List<byte[]> seeds() {
    String digest = "sha256:" + "5e".repeat(32);
    return FuzzTarget.texts(
        """
        {"manifest":"%1$s","image":"a/b:c","recorded":"2026-01-01T00:00:00Z","runs":3,
        "layers":["%1$s"],"entries":[{"layer":0,"path":"/bin/x","file":512,"from":512,"to":600,
        "history":5,"times":[1,20,300]},{"layer":0,"path":"/é","file":1024,"from":2000,"to":2001,
        "history":1,"times":[7]}]}
        """
            .formatted(digest));
  }

  @Override
  public void run(byte[] input) {
    byte[] head =
        ("sluice-profile 1 " + Digest.sha256(input) + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] file = Arrays.copyOf(head, head.length + input.length);
    System.arraycopy(input, 0, file, head.length, input.length);
    Profile profile = ProfileFile.read("profile", file);
    assertThat(ProfileFile.read("profile", ProfileFile.write(profile))).isEqualTo(profile);
    assertThat(profile.likely()).hasSizeLessThanOrEqualTo(profile.entries().size());
  }
}
