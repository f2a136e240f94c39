package dev.sluice.soci.ztoc;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

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

  private static final GoTime NONE = new GoTime(0, 0);
  private static final int SECOND_DIGITS = "1970-01-01T00:00:00".length();
  private static final int NANO_DIGITS = 9;

  /** The time of a text; 1970 if it is none, as nothing depends on it. */
  static GoTime parse(byte[] text) {
    // Each entry of a layer has one, nearly all in UTC: java.time's parser would be most of the
    // work
    // of reading a ztoc.
    try {
      GoTime plain = utc(text);
      if (plain != null) {
        return plain;
      }
      Instant instant = OffsetDateTime.parse(new String(text, StandardCharsets.UTF_8)).toInstant();
      return new GoTime(instant.getEpochSecond(), instant.getNano());
    } catch (DateTimeException e) {
      return NONE;
    }
  }

  /** A time that ends in Z and has at most nine fractional digits; null for any other text. */
  private static @Nullable GoTime utc(byte[] text) {
    int length = text.length;
    if (length <= SECOND_DIGITS || text[length - 1] != 'Z') {
      return null;
    }
    boolean marks =
        text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
    int hour = digits(text, 11, 13);
    int minute = digits(text, 14, 16);
    int second = digits(text, 17, 19);
    int nanos = nanos(text, SECOND_DIGITS, length - 1);
    if (!marks || hour > 23 || minute > 59 || second > 59) {
      return null;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 7);
    int day = digits(text, 8, 10);
    if ((year | month | day | hour | minute | second | nanos) < 0) {
      return null;
    }
    long days = LocalDate.of(year, month, day).toEpochDay();
    return new GoTime(((days * 24 + hour) * 60 + minute) * 60 + second, nanos);
  }

  /** The fraction of a second in {@code from} to {@code to}, negative if it is none. */
  private static int nanos(byte[] text, int from, int to) {
    if (from == to) {
      return 0;
    }
    int count = to - from - 1;
    if (text[from] != '.' || count < 1 || count > NANO_DIGITS) {
      return -1;
    }
    int nanos = digits(text, from + 1, to);
    for (int i = count; i < NANO_DIGITS && nanos >= 0; i++) {
      nanos *= 10;
    }
    return nanos;
  }

  /** The number in digits {@code from} to {@code to}; negative if one is no digit. */
  private static int digits(byte[] text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
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
