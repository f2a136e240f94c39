package dev.sluice.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Keeps Vert.x and Netty from reporting as errors that a peer ended a stream or a connection.
 *
 * <p>They log it ("Unhandled exception", "Stream reset: 8") at ERROR with a stack trace wherever
 * nobody listens for the end of a stream any more: when containerd gives up a call, or a registry a
 * connection that has done its work. Whoever still waits for the stream gets the failure and
 * reports it with its subject. All else that they log stays: it is a bug, ours or theirs.
 */
final class RoutineFailures extends TurboFilter {
  private static final Set<String> ENDS = Set.of("Connection reset by peer", "Broken pipe");

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable thrown) {
    boolean routine =
        thrown != null
            && isLibrary(logger.getName())
            && isEnd(thrown)
            && logger.getEffectiveLevel().isGreaterOrEqual(Level.WARN);
    return routine ? FilterReply.DENY : FilterReply.NEUTRAL;
  }

  private static boolean isLibrary(String logger) {
    return logger.startsWith("io.vertx.") || logger.startsWith("io.netty.");
  }

  private static boolean isEnd(Throwable thrown) {
    if (thrown instanceof StreamResetException
        || thrown instanceof HttpClosedException
        || thrown instanceof ClosedChannelException) {
      return true;
    }
    String message = thrown.getMessage();
    return thrown instanceof IOException
        && message != null
        && ENDS.stream().anyMatch(message::contains);
  }
}
