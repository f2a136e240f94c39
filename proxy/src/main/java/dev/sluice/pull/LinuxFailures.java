package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.linux.Libc;
import java.nio.charset.StandardCharsets;

/** Says what a failed call of Linux means. */
final class LinuxFailures {
  private LinuxFailures() {}

  /**
   * @param name raw bytes, each as a character
   * @param result an error number, negated
   */
  static SluiceException of(String action, String name, long result) {
    int errno = (int) -result;
    return new SluiceException(
        kind(errno), action + " '" + shown(name) + "': " + Libc.strerror(errno));
  }

  private static FailureKind kind(int errno) {
    return switch (errno) {
      case Libc.ENOSPC, Libc.EDQUOT, Libc.EMLINK -> FailureKind.EXHAUSTED;
      case Libc.ENAMETOOLONG -> FailureKind.UNSUPPORTED;
      // What the tar says can't be, whatever the disk.
      case Libc.ENOENT, Libc.ENOTDIR, Libc.EISDIR, Libc.ELOOP -> FailureKind.CORRUPT;
      default -> FailureKind.LOCAL_IO;
    };
  }

  /** Names are bytes; most are UTF-8. */
  static String shown(String name) {
    String text = new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }
}
