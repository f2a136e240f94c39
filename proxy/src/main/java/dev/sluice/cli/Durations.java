package dev.sluice.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Times as people write them: {@code 500ms}, {@code 90s}, {@code 1h30m}. */
final class Durations {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private Durations() {}

  static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int at = 0;
    while (at < text.length() && part.find(at) && part.start() == at) {
      long count = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                default -> Duration.ofHours(count);
              });
      at = part.end();
    }
    if (at != text.length() || sum.isZero()) {
      throw new TypeConversionException(
          "'" + text + "' is no time: write 500ms, 90s, 10m or 1h30m");
    }
    return sum;
  }

  static String format(Duration duration) {
    String iso = duration.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
    return duration.toMillis() < 1000 ? duration.toMillis() + "ms" : iso;
  }
}
