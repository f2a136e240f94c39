package dev.sluice.load.coldstart;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way between node and registry.
 *
 * @param bitsPerSecond in each direction, over all connections; 0: not limited
 */
record Link(Duration roundTrip, long bitsPerSecond) {
  static final Link LOOPBACK = new Link(Duration.ZERO, 0);

  private static final Pattern FORM =
      Pattern.compile("(\\d+)ms(?:/(\\d+(?:\\.\\d+)?)([KMG])bit)?", Pattern.CASE_INSENSITIVE);

  /** Reads {@code loopback}, {@code 20ms/1Gbit}, or {@code 5ms} for a link of unlimited rate. */
  static Link parse(String text) {
    if (text.equals("loopback")) {
      return LOOPBACK;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a link is written loopback or ROUNDTRIPms/RATE[M|G]bit, as in 20ms/1Gbit: " + text);
    }
    String unit = matcher.group(3);
    double rate = unit == null ? 0 : Double.parseDouble(matcher.group(2)) * factor(unit);
    return new Link(Duration.ofMillis(Long.parseLong(matcher.group(1))), Math.round(rate));
  }

  private static double factor(String unit) {
    return switch (unit.toUpperCase(Locale.ROOT)) {
      case "K" -> 1e3;
      case "M" -> 1e6;
      default -> 1e9;
    };
  }

  boolean shaped() {
    return bitsPerSecond > 0 || !roundTrip.isZero();
  }

  /** As {@link #parse} reads it. */
  String name() {
    if (!shaped()) {
      return "loopback";
    }
    String rate = "";
    if (bitsPerSecond >= 1_000_000_000 && bitsPerSecond % 1_000_000_000 == 0) {
      rate = "/" + bitsPerSecond / 1_000_000_000 + "Gbit";
    } else if (bitsPerSecond > 0) {
      rate =
          "/"
              + String.format(Locale.ROOT, "%.4g", bitsPerSecond / 1e6).replaceAll("\\.?0+$", "")
              + "Mbit";
    }
    return roundTrip.toMillis() + "ms" + rate;
  }

  /** For people: {@code 20 ms, 1 Gbit/s}. */
  String title() {
    return shaped()
        ? name()
            .replace("ms", " ms")
            .replace("/", ", ")
            .replace("Gbit", " Gbit/s")
            .replace("Mbit", " Mbit/s")
        : "loopback";
  }
}
