package dev.sluice.containerd;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClosedException;
import java.util.function.Supplier;

/** Opens streams to a gRPC server that speaks first. */
public final class Connecting {
  /*
   * A Go server sends its settings as soon as it has accepted a connection. Vert.x reads the socket
   * from then on, but its HTTP/2 decoder joins a moment later; under load the settings can come in
   * between and are lost, and the connection fails at its next frame. Nothing has been sent then, so
   * another connection is tried.
   */
  private static final int ATTEMPTS = 5;

  /** Where Netty's exception for a broken protocol is; we have no other business with it. */
  private static final String HTTP2_CODEC = "io.netty.handler.codec.http2";

  private Connecting() {}

  /**
   * Calls {@code open} until a connection stands.
   *
   * @param open asks an HTTP client for a request; nothing of the request is sent yet
   */
  public static <T> Future<T> open(Supplier<Future<T>> open) {
    return attempt(open, ATTEMPTS);
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> open, int left) {
    return open.get()
        .recover(cause ->
            left > 1 && isLostGreeting(cause)
                ? attempt(open, left - 1)
                : Future.failedFuture(cause));
  }

  private static boolean isLostGreeting(Throwable cause) {
    return cause instanceof HttpClosedException
        || cause.getClass().getPackageName().equals(HTTP2_CODEC);
  }
}
