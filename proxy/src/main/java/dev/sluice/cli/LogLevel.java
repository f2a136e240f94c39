package dev.sluice.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** How much of the log is shown; the default stands in {@code logback.xml}. */
final class LogLevel {
  private LogLevel() {}

  static void set(boolean debug) {
    if (LoggerFactory.getLogger("dev.sluice") instanceof Logger logger) {
      logger.setLevel(debug ? Level.DEBUG : null);
    }
  }
}
