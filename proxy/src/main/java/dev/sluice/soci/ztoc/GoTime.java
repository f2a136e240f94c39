package dev.sluice.soci.ztoc;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * A time as Go writes it in text: RFC 3339 with as many fractional digits as are needed.
 *
 * @param seconds since 1970, rounded down
 * @param nanos 0 to 999 999 999
 */
record GoTime(long seconds, int nanos) {
  /** What Go can't write, because the year is not 0 to 9999, it leaves empty. */
  private static final long YEAR_0 = -62_167_219_200L;

  private static final long YEAR_10000 = 253_402_300_800L;

  /** The time of a text; 1970 if it is none, as nothing depends on it. */
  static GoTime parse(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text).toInstant();
      return new GoTime(instant.getEpochSecond(), instant.getNano());
    } catch (DateTimeException e) {
      return new GoTime(0, 0);
    }
  }

  String format() {
    if (seconds < YEAR_0 || seconds >= YEAR_10000) {
      return "";
    }
    // Instant writes whole seconds or groups of three digits.
    String text = Instant.ofEpochSecond(seconds).toString();
    if (nanos == 0) {
      return text;
    }
    String digits = Integer.toString(1_000_000_000 + nanos).substring(1);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.length() - 1) + "." + digits.substring(0, end) + "Z";
  }
}
