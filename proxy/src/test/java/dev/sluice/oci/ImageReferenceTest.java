package dev.sluice.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String HEX = "a".repeat(64);

  @ParameterizedTest
  @CsvSource({
    "redis, docker.io/library/redis:latest, latest",
    "redis:7, docker.io/library/redis:7, 7",
    "bitnami/redis, docker.io/bitnami/redis:latest, latest",
    "index.docker.io/redis, docker.io/library/redis:latest, latest",
    "localhost/x, localhost/x:latest, latest",
    "localhost:5000/a/b__c/d-e.f:T_1.x, localhost:5000/a/b__c/d-e.f:T_1.x, T_1.x",
    "ghcr.io/o/r, ghcr.io/o/r:latest, latest",
    "[::1]:5000/r:t, [::1]:5000/r:t, t",
    "Host/r, Host/r:latest, latest",
  })
  void normalises(String text, String whole, String tagOrDigest) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(reference).hasToString(whole);
    assertThat(reference.tagOrDigest()).isEqualTo(tagOrDigest);
    assertThat(ImageReference.parse(whole)).isEqualTo(reference);
  }

  @ParameterizedTest
  @ValueSource(strings = {"r:5000/x", "r:5000/x:tag"})
  void letsTheDigestWin(String name) {
    ImageReference reference = ImageReference.parse(name + "@sha256:" + HEX);
    assertThat(reference.tagOrDigest()).isEqualTo("sha256:" + HEX);
    assertThat(reference.repository()).isEqualTo(new Repository("r:5000", "x"));
    assertThat(reference.tag()).isEqualTo(name.endsWith("tag") ? "tag" : null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "UPPER",
        "a//b",
        "a/",
        "/a",
        "a:",
        "a:b c",
        "a@sha256:1",
        "https://r/x",
        "r:5000/../x",
        "r_x.y/z",
        "a/b..c",
        "a\n"
      })
  void refuses(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.INVALID));
  }
}
