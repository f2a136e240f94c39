package dev.sluice.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformsTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/x86_64, linux/amd64",
    "amd64, linux/amd64",
    "linux/arm, linux/arm",
    "linux/arm/v7, linux/arm/v7",
    "linux/arm/6, linux/arm/v6",
    "linux/arm64, linux/arm64",
    "linux/aarch64/v8, linux/arm64/v8",
    "armhf, linux/arm",
    "LINUX/AMD64, linux/amd64",
  })
  void parsesAsContainerdDoes(String text, String formatted) {
    assertThat(Platforms.format(Platforms.parse(text))).isEqualTo(formatted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux/", "a/b/c/d", "linux/*", "plan99", "linux amd64"})
  void refuses(String text) {
    assertThatThrownBy(() -> Platforms.parse(text)).hasMessageContaining("is no platform");
  }

  @ParameterizedTest
  @CsvSource({
    "linux/arm, linux/arm/v7, true",
    "linux/arm/v7, linux/arm/v6, false",
    "linux/arm64, linux/arm64/v8, true",
    "linux/arm64, linux/arm/v8, false",
    "linux/amd64, linux/amd64/v1, true",
    "linux/amd64, linux/amd64/v3, false",
    "linux/amd64, windows/amd64, false",
  })
  void matchesStrictly(String wanted, String offered, boolean match) {
    assertThat(Platforms.matches(Platforms.parse(wanted), Platforms.parse(offered)))
        .isEqualTo(match);
  }

  @Test
  void keepsOneOfEqualPlatforms() {
    assertThat(
            Platforms.distinct(
                List.of(
                    Platforms.parse("linux/arm64"),
                    Platforms.parse("linux/arm64/v8"),
                    Platforms.parse("linux/amd64"))))
        .extracting(Platforms::format)
        .containsExactly("linux/arm64", "linux/amd64");
  }
}
