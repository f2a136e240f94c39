package dev.sluice.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers of bytes as people write them: {@code 4194304}, {@code 4MiB}, {@code 4M}, {@code 1GB}.
 */
public final class SizeText {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,18})\\s*(?:([kmgt])(ib|b)?|b)?", Pattern.CASE_INSENSITIVE);

  private SizeText() {}

  /**
   * @throws IllegalArgumentException if it is no number of bytes, saying how to write one
   */
  public static long parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw invalid(text);
    }
    long count = Long.parseLong(form.group(1));
    String unit = form.group(2);
    if (unit == null) {
      return count;
    }
    // MB is decimal, M and MiB are binary, as in coreutils.
    long step = "b".equalsIgnoreCase(form.group(3)) ? 1000 : 1024;
    try {
      for (int power = "kmgt".indexOf(unit.toLowerCase(Locale.ROOT)); power >= 0; power--) {
        count = Math.multiplyExact(count, step);
      }
    } catch (ArithmeticException e) {
      throw invalid(text);
    }
    return count;
  }

  /** What {@link #parse} reads back as exactly the same number. */
  public static String format(long bytes) {
    for (int power = 4; power > 0; power--) {
      long unit = 1L << (10 * power);
      if (bytes > 0 && bytes % unit == 0) {
        return bytes / unit + "KMGT".substring(power - 1, power) + "iB";
      }
    }
    return bytes + "B";
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is no number of bytes: write 4194304, 4MiB or 10MB");
  }
}
