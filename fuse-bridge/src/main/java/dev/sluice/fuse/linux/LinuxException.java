package dev.sluice.fuse.linux;

import java.io.IOException;

/** A system call failed; the message names action, subject, cause and, where known, what to do. */
public final class LinuxException extends IOException {
  private final int errno;

  public LinuxException(String action, int errno, String hint) {
    super(action + ": " + Libc.strerror(errno) + (hint.isEmpty() ? "" : " (" + hint + ")"));
    this.errno = errno;
  }

  /** The error number of the call. */
  public int errno() {
    return errno;
  }
}
