package dev.sluice.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 4194304}, {@code 4MiB}, {@code 4M}, {@code 10MB}.
 */
record ByteCount(long bytes) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,18})\\s*(?:([kmgt])(ib|b)?|b)?", Pattern.CASE_INSENSITIVE);

  static ByteCount parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw invalid(text);
    }
    long count = Long.parseLong(form.group(1));
    String unit = form.group(2);
    if (unit == null) {
      return new ByteCount(count);
    }
    // MB is decimal, M and MiB are binary, as in coreutils.
    long base = "b".equalsIgnoreCase(form.group(3)) ? 1000 : 1024;
    try {
      for (int i = "kmgt".indexOf(unit.toLowerCase(Locale.ROOT)); i >= 0; i--) {
        count = Math.multiplyExact(count, base);
      }
    } catch (ArithmeticException e) {
      throw invalid(text);
    }
    return new ByteCount(count);
  }

  /** For people: three digits and a binary unit. */
  static String show(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
        + " "
        + "KMGTP".charAt(unit)
        + "iB";
  }

  private static TypeConversionException invalid(String text) {
    return new TypeConversionException(
        "'" + text + "' is no number of bytes: write 4194304, 4MiB or 10MB");
  }
}
