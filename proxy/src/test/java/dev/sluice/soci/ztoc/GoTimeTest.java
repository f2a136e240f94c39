package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Times in ztocs: java.time is the reference. */
final class GoTimeTest {
  private static final List<String> ODD =
      List.of(
          "",
          "Z",
          "2024-02-30T00:00:00Z",
          "2023-02-29T00:00:00Z",
          "2024-02-29T23:59:59.999999999Z",
          "2024-13-01T00:00:00Z",
          "2024-00-01T00:00:00Z",
          "2024-01-00T00:00:00Z",
          "2024-01-01T24:00:00Z",
          "2024-01-01T00:60:00Z",
          "2024-01-01T00:00:60Z",
          "2024-01-01T00:00:00.Z",
          "2024-01-01T00:00:00.1234567890Z",
          "2024-01-01T00:00:00.12345678xZ",
          "2024-01-01 00:00:00Z",
          "2024-01-01T00:00:00+02:00",
          "2024-01-01T00:00:00",
          "2024-01-01T00:00Z",
          "0000-01-01T00:00:00Z",
          "0001-01-01T00:00:00Z",
          "9999-12-31T23:59:59Z",
          "+12024-01-01T00:00:00Z",
          "-024-01-01T00:00:00Z",
          "2024-01-01T00:00:00,5Z");

  private static GoTime parse(String text) {
    return GoTime.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static GoTime reference(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text).toInstant();
      return new GoTime(instant.getEpochSecond(), instant.getNano());
    } catch (DateTimeException e) {
      return new GoTime(0, 0);
    }
  }

  @Test
  void oddTexts_areWhatJavaTimeSays() {
    for (String text : ODD) {
      assertThat(parse(text)).as("'%s'", text).isEqualTo(reference(text));
    }
  }

  @Test
  void whatIsWritten_isRead() {
    Random random = new Random(4);
    for (int i = 0; i < 10_000; i++) {
      long seconds = random.nextLong(-62_135_596_800L, 253_402_300_800L);
      GoTime time = new GoTime(seconds, random.nextInt(4) == 0 ? 0 : random.nextInt(1_000_000_000));
      assertThat(parse(time.format())).as(time.format()).isEqualTo(time);
    }
  }

  @Test
  void textsWithOneOtherCharacter_areWhatJavaTimeSays() {
    String good = "2024-02-29T23:59:59.123456789Z";
    for (int i = 0; i < good.length(); i++) {
      for (char c : "09-:TZ. ".toCharArray()) {
        String text = good.substring(0, i) + c + good.substring(i + 1);
        assertThat(parse(text)).as("'%s'", text).isEqualTo(reference(text));
      }
    }
  }
}
