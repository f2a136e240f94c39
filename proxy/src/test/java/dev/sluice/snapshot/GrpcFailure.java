package dev.sluice.snapshot;

import io.vertx.grpc.common.GrpcStatus;

/** A call that ended with another status than OK. */
final class GrpcFailure extends RuntimeException {
  private final GrpcStatus status;

  GrpcFailure(GrpcStatus status, String message) {
    super(status + ": " + message);
    this.status = status;
  }

  GrpcStatus status() {
    return status;
  }
}
