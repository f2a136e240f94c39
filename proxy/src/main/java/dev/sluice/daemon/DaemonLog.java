package dev.sluice.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.sluice.config.LogFormat;
import dev.sluice.config.LogLevel;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The log of the service: one line per event on stderr. */
public final class DaemonLog {
  private DaemonLog() {}

  /** Replaces the command line's logging by the service's; also for what no thread catches. */
  public static void configure(LogLevel level, LogFormat format) {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (!(factory instanceof LoggerContext context)) {
      throw new IllegalStateException("logs are written by " + factory + ", not by logback");
    }
    context.reset();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    Encoder<ILoggingEvent> encoder = format == LogFormat.JSON ? new JsonLines() : new TextLines();
    encoder.setContext(context);
    encoder.start();
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(level));
    root.addAppender(appender);
    quieten(context, level);
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) ->
        LoggerFactory.getLogger(DaemonLog.class)
            .error("thread {} ended by a failure that nobody caught", thread.getName(), failure));
  }

  private static void quieten(LoggerContext context, LogLevel level) {
    Level libraries = level.compareTo(LogLevel.DEBUG) >= 0 ? Level.INFO : Level.WARN;
    context.getLogger("io.vertx").setLevel(libraries);
    context.getLogger("io.netty").setLevel(libraries);
    context.addTurboFilter(new RoutineFailures());
  }

  private static Level level(LogLevel level) {
    return switch (level) {
      case ERROR -> Level.ERROR;
      case WARN -> Level.WARN;
      case INFO -> Level.INFO;
      case DEBUG -> Level.DEBUG;
      case TRACE -> Level.TRACE;
    };
  }
}
