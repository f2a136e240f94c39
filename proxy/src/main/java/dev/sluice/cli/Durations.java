package dev.sluice.cli;

import dev.sluice.config.TimeText;
import java.time.Duration;
import picocli.CommandLine.TypeConversionException;

/** Times on the command line: never nothing. */
final class Durations {
  private Durations() {}

  static Duration parse(String text) {
    Duration time;
    try {
      time = TimeText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
    if (time.isZero()) {
      throw new TypeConversionException("'" + text + "' is no time to wait: it is over at once");
    }
    return time;
  }

  static String format(Duration duration) {
    return TimeText.format(duration);
  }
}
