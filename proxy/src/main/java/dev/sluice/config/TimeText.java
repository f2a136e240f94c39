package dev.sluice.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them: {@code 500ms}, {@code 90s}, {@code 1h30m}. */
public final class TimeText {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private TimeText() {}

  /**
   * @throws IllegalArgumentException if it is no time, saying how to write one
   */
  public static Duration parse(String text) {
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
    if (at != text.length() || text.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no time: write 500ms, 90s, 10m or 1h30m");
    }
    return sum;
  }

  /** What {@link #parse} reads back as the same time, to a millisecond. */
  public static String format(Duration time) {
    StringBuilder text = new StringBuilder();
    append(text, time.toHours(), "h");
    append(text, time.toMinutesPart(), "m");
    append(text, time.toSecondsPart(), "s");
    append(text, time.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text.toString();
  }

  private static void append(StringBuilder text, long count, String unit) {
    if (count > 0) {
      text.append(count).append(unit);
    }
  }
}
