package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.netty.channel.ChannelException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Turns what the network throws into failures. */
final class Failures {
  private Failures() {}

  static SluiceException of(Operation operation, Throwable failure) {
    return of(operation, "", failure);
  }

  /** A failure that happened while {@code origin} was spoken to. */
  static SluiceException of(Operation operation, HttpOrigin origin, Throwable failure) {
    return of(operation, " to " + origin, failure);
  }

  private static SluiceException of(Operation operation, String place, Throwable failure) {
    return switch (failure) {
      case SluiceException known -> known;
      case UnknownHostException _ ->
          operation.failure(
              FailureKind.UNAVAILABLE, "no address for the connection" + place, null, failure);
      case ConnectException _ ->
          operation.failure(
              FailureKind.UNAVAILABLE, "can't open a connection" + place, null, failure);
      case ChannelException _ -> noChannel(operation, place, failure);
      case TimeoutException _ ->
          operation.failure(
              FailureKind.TIMEOUT, "no connection" + place + " in time", null, failure);
      case ConnectionPoolTooBusyException _ ->
          operation.failure(
              FailureKind.EXHAUSTED,
              "too many requests wait for a connection" + place,
              null,
              failure);
      case SSLException _ -> tls(operation, failure);
      case java.io.IOException _ ->
          operation.failure(
              FailureKind.UNAVAILABLE, "the connection" + place + " broke", null, failure);
      case io.vertx.core.VertxException _ ->
          operation.failure(
              FailureKind.UNAVAILABLE, "the connection" + place + " broke", null, failure);
      default ->
          operation.failure(
              FailureKind.INTERNAL, failure.getClass().getSimpleName(), null, failure);
    };
  }

  /** There is no socket to be had here: descriptors come free when others end what they do. */
  private static SluiceException noChannel(Operation operation, String place, Throwable failure) {
    Throwable cause = failure.getCause();
    String why = cause == null ? failure.getMessage() : cause.getMessage();
    return operation.failure(
        FailureKind.UNAVAILABLE,
        "can't open a connection" + place + ": " + why,
        "If too many files are open, let the process open more (LimitNOFILE of the unit, ulimit -n);"
            + " sluice doctor says how many it may.",
        failure);
  }

  private static SluiceException tls(Operation operation, Throwable failure) {
    if (isCausedBy(failure, CertificateExpiredException.class)) {
      return operation.failure(
          FailureKind.FORBIDDEN,
          "the server's certificate is not trusted: expired",
          "It must be renewed at the registry; what waits here tries again. Is the clock of this"
              + " machine right?",
          failure);
    }
    if (isCausedBy(failure, CertificateException.class)) {
      return operation.failure(
          FailureKind.FORBIDDEN,
          "the server's certificate is not trusted",
          "If the registry has its own CA, name the CA's PEM file; if the name doesn't match, use"
              + " the name that the certificate has.",
          failure);
    }
    return operation.failure(
        FailureKind.UNAVAILABLE,
        "the TLS handshake failed",
        "A registry that speaks plain HTTP must be named as such (--plain-http).",
        failure);
  }

  private static boolean isCausedBy(Throwable failure, Class<? extends Throwable> kind) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 10; depth++) {
      if (kind.isInstance(at)) {
        return true;
      }
      at = at.getCause();
    }
    return false;
  }
}
