package dev.sluice.failure;

import dev.sluice.fuse.Errno;

/** What went wrong, in the one vocabulary that errors, logs, metrics and exit codes share. */
public enum FailureKind {
  /** The user asked for something malformed. */
  INVALID(3, Errno.EINVAL, 2),
  NOT_FOUND(5, Errno.EIO, 1),
  ALREADY_EXISTS(6, Errno.EIO, 1),
  /** Well-formed, but not as things stand: e.g. removing what others need. */
  FAILED_PRECONDITION(9, Errno.EIO, 1),
  UNAUTHORIZED(16, Errno.EIO, 1),
  FORBIDDEN(7, Errno.EIO, 1),
  RATE_LIMITED(8, Errno.EIO, 1),
  /** The other side can't be reached or answers 5xx; trying again may help. */
  UNAVAILABLE(14, Errno.EIO, 1),
  TIMEOUT(4, Errno.EIO, 1),
  /** Bytes are not what their digest or format says. */
  CORRUPT(15, Errno.EIO, 1),
  /** Well-formed but beyond what Sluice does. */
  UNSUPPORTED(12, Errno.EIO, 1),
  /** A local disk, mount or permission problem. */
  LOCAL_IO(13, Errno.EIO, 1),
  /** A bound was reached: memory, disk, descriptors. */
  EXHAUSTED(8, Errno.EIO, 1),
  CANCELLED(1, Errno.EIO, 130),
  /** A bug. */
  INTERNAL(13, Errno.EIO, 1);

  private final int grpcStatus;
  private final int errno;
  private final int exitCode;

  FailureKind(int grpcStatus, int errno, int exitCode) {
    this.grpcStatus = grpcStatus;
    this.errno = errno;
    this.exitCode = exitCode;
  }

  /** Status code of gRPC. */
  public int grpcStatus() {
    return grpcStatus;
  }

  /** What a read of a file answers. */
  public int errno() {
    return errno;
  }

  /** What the command line exits with. */
  public int exitCode() {
    return exitCode;
  }

  /** The value of the metric label {@code kind}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether the same act may succeed later without anyone changing anything. */
  public boolean isTransient() {
    return this == RATE_LIMITED || this == UNAVAILABLE || this == TIMEOUT;
  }
}
