package dev.sluice.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** How much of the log is shown; the default stands in {@code logback.xml}. */
final class LogLevel {
  private LogLevel() {}

  static void set(boolean debug) {
    if (!debug) {
      return;
    }
    raise("dev.sluice", Level.DEBUG);
    raise("io.vertx", Level.WARN);
    raise("io.netty", Level.WARN);
  }

  private static void raise(String name, Level level) {
    if (LoggerFactory.getLogger(name) instanceof Logger logger) {
      logger.setLevel(level);
    }
  }
}
