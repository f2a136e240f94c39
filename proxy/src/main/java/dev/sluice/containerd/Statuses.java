package dev.sluice.containerd;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/** What containerd's statuses are in our vocabulary. */
final class Statuses {
  private Statuses() {}

  static SluiceException failure(String action, GrpcStatus status, @Nullable String message) {
    String said = message == null || message.isEmpty() ? status.name() : message;
    return new SluiceException(kind(status), action + ": containerd: " + said);
  }

  private static FailureKind kind(GrpcStatus status) {
    return switch (status) {
      case CANCELLED -> FailureKind.CANCELLED;
      case INVALID_ARGUMENT, OUT_OF_RANGE -> FailureKind.INVALID;
      case DEADLINE_EXCEEDED -> FailureKind.TIMEOUT;
      case NOT_FOUND -> FailureKind.NOT_FOUND;
      case ALREADY_EXISTS -> FailureKind.ALREADY_EXISTS;
      case PERMISSION_DENIED -> FailureKind.FORBIDDEN;
      case UNAUTHENTICATED -> FailureKind.UNAUTHORIZED;
      case RESOURCE_EXHAUSTED -> FailureKind.EXHAUSTED;
      case FAILED_PRECONDITION -> FailureKind.FAILED_PRECONDITION;
      case UNIMPLEMENTED -> FailureKind.UNSUPPORTED;
      case UNAVAILABLE, ABORTED -> FailureKind.UNAVAILABLE;
      case DATA_LOSS -> FailureKind.CORRUPT;
      case OK, UNKNOWN, INTERNAL -> FailureKind.LOCAL_IO;
    };
  }
}
