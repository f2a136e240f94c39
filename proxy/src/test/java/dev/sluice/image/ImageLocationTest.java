package dev.sluice.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageLocationTest {
  @ParameterizedTest
  @CsvSource({
    "oci:dir, oci:dir, InLayout",
    "oci:/a/b:v1, oci:/a/b:v1, InLayout",
    "oci:dir:docker.io/library/redis:7, oci:dir:docker.io/library/redis:7, InLayout",
    "oci-archive:f.tar:v1, oci-archive:f.tar:v1, InArchive",
    "redis, docker.io/library/redis:latest, InRegistry",
    "docker://localhost:5000/x, localhost:5000/x:latest, InRegistry",
    "oci/x, docker.io/oci/x:latest, InRegistry",
  })
  void parses(String text, String whole, String kind) {
    ImageLocation location = ImageLocation.parse(text);
    assertThat(location).hasToString(whole);
    assertThat(location.getClass().getSimpleName()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({"oci:, no path", "oci::tag, no path", "docker-archive:x, not read", "A, lower case"})
  void refuses(String text, String message) {
    assertThatThrownBy(() -> ImageLocation.parse(text))
        .satisfies(e ->
            assertThat(e.getMessage() + ((dev.sluice.failure.SluiceException) e).advice())
                .contains(message));
  }
}
