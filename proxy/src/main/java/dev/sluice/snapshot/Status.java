package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.grpc.common.GrpcStatus;

/** How a failed call ends. */
record Status(GrpcStatus code, String message) {
  /*
   * The message travels in a header, three bytes for each that is not plain ASCII, and a client
   * drops a call whose headers are beyond its bounds (8 to 16 KiB). Keys come from clients and may
   * be of any length, so what is said of them is cut.
   */
  private static final int MAX_CHARS = 1000;
  private static final String CUT = "…";

  Status {
    if (message.length() > MAX_CHARS) {
      int end = MAX_CHARS - CUT.length();
      message =
          message.substring(0, Character.isHighSurrogate(message.charAt(end - 1)) ? end - 1 : end)
              + CUT;
    }
  }

  static Status of(Throwable failure) {
    FailureKind kind = SluiceException.kindOf(failure);
    String message = SluiceException.describe(failure);
    if (SluiceException.unwrap(failure) instanceof SluiceException e && e.advice() != null) {
      message += ": " + e.advice();
    }
    return new Status(GrpcStatus.valueOf(kind.grpcStatus()), message);
  }

  /** Whether it says something about us and not about the request. */
  boolean isOurFault() {
    return switch (code) {
      case INTERNAL, UNKNOWN, DATA_LOSS, UNAVAILABLE, RESOURCE_EXHAUSTED -> true;
      default -> false;
    };
  }
}
