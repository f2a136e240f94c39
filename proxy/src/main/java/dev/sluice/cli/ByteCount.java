package dev.sluice.cli;

import dev.sluice.config.SizeText;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 4194304}, {@code 4MiB}, {@code 4M}, {@code 10MB}.
 */
record ByteCount(long bytes) {
  static ByteCount parse(String text) {
    try {
      return new ByteCount(SizeText.parse(text));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
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
}
