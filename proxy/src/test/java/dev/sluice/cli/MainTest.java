package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "create --help",
        "convert -h",
        "index --help",
        "index list --help",
        "index info --help",
        "ztoc info --help",
        "ztoc get-file --help",
        "prefetch info --help",
        "completion --help",
        "ps --help",
        "layers --help",
        "cache --help",
        "config --help",
        "config dump --help",
        "doctor --help",
        "--version",
        "create --version"
      })
  void helpsOnStandardOutput(String line) {
    Run run = Run.of(line.split(" "));
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith(line.endsWith("version") ? "sluice " : "Usage: sluice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                | Name a command",
        "index                             | Name a command: list",
        "creat                             | did you mean create",
        "create                            | REF",
        "create Bad/Name                   | is no platform",
        "create a b                        | Unmatched argument",
        "create oci:x --span-size 4XB      | is no number of bytes",
        "create oci:x --span-size 0        | span size 0 is not positive",
        "create oci:x --platform a/b/c/d   | is no platform",
        "create oci:x --optimizations fast | expected one of",
        "create oci:x --timeout soon       | is no time",
        "create https://r/x                | has no scheme",
        "create x --key k                  | --key is of no use without --cert",
        "convert oci:a                     | DST",
        "index info x --index sha256:1     | is no digest",
        "completion fish                   | fish",
      })
  void endsWithTwoOnWrongUsageAndSaysWhere(String line, String message) {
    String fixed = line.replace("Bad/Name", "oci:x --platform plan99");
    Run run = Run.of(fixed.isEmpty() ? new String[0] : fixed.split(" "));
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("sluice: ").contains(message).doesNotContain("\tat ");
  }

  @Test
  void endsWithOneOnFailureWithOneSentenceAndAHint() {
    Run run = Run.of("create", "oci:/nowhere/at/all");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "sluice: open oci:/nowhere/at/all: no OCI image layout there (no file oci-layout)\n");
  }

  @Test
  void showsTheStackOnlyWhenAskedTo() {
    Run run = Run.of("--debug", "create", "oci:/nowhere/at/all");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("NoSuchFileException");
  }

  @Test
  void printsCompletionsThatKnowTheCommands() {
    assertThat(Run.of("completion", "bash").out()).contains("get-file", "--min-layer-size");
    assertThat(Run.of("completion", "zsh").out()).startsWith("autoload").contains("convert");
  }

  @ParameterizedTest
  @CsvSource({
    "4194304, 4194304",
    "4MiB, 4194304",
    "4m, 4194304",
    "10MB, 10000000",
    "1k, 1024",
    "7b, 7",
    "0, 0"
  })
  void readsByteCounts(String text, long bytes) {
    assertThat(ByteCount.parse(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5M", "M", "99999999T", "4 apples"})
  void refusesOtherByteCounts(String text) {
    assertThatThrownBy(() -> ByteCount.parse(text)).hasMessageContaining("is no number of bytes");
  }

  @Test
  void readsTimes() {
    assertThat(Durations.parse("1h30m")).isEqualTo(Duration.ofMinutes(90));
    assertThat(Durations.parse("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(Durations.format(Duration.ofSeconds(90))).isEqualTo("1m30s");
    assertThatThrownBy(() -> Durations.parse("90")).hasMessageContaining("is no time");
    assertThatThrownBy(() -> Durations.parse("0s")).hasMessageContaining("is no time");
  }

  @Test
  void showsBytesWithThreeDigits() {
    assertThat(ByteCount.show(0)).isEqualTo("0 B");
    assertThat(ByteCount.show(1023)).isEqualTo("1023 B");
    assertThat(ByteCount.show(4 << 20)).isEqualTo("4.00 MiB");
    assertThat(ByteCount.show(123_456_789)).isEqualTo("118 MiB");
  }
}
