package dev.sluice.fuse.linux;

import dev.sluice.linux.NativeFunction;
import java.lang.foreign.Arena;

/**
 * System calls that libc has no function for everywhere. As in {@link Libc}, errors are negative.
 */
final class Syscalls {
  /*
   * From 424 on the numbers are the same on all architectures; the other 64-bit machine that Linux
   * runs on has its own for older calls.
   */
  private static final boolean IS_ARM = System.getProperty("os.arch", "").equals("aarch64");

  private static final long GETTID = IS_ARM ? 178 : 186;
  private static final long TGKILL = IS_ARM ? 131 : 234;
  private static final long MEMFD_CREATE = IS_ARM ? 279 : 319;
  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long PIDFD_OPEN = 434;
  private static final long CLOSE_RANGE = 436;
  private static final long PIDFD_GETFD = 438;
  private static final int CLOSE_RANGE_UNSHARE = 2;
  private static final int MFD_CLOEXEC = 1;
  private static final NativeFunction SYSCALL = NativeFunction.ofLong("syscall");

  private Syscalls() {}

  /** A descriptor that stands for a process (Linux 5.3). */
  static int pidfdOpen(int pid) {
    return (int) SYSCALL.call(PIDFD_OPEN, pid, 0);
  }

  /** A descriptor of our own for an open file of another process (Linux 5.6); closed on exec. */
  static int pidfdGetfd(int pidfd, int descriptor) {
    return (int) SYSCALL.call(PIDFD_GETFD, pidfd, descriptor, 0);
  }

  static int pidfdSendSignal(int pidfd, int signal) {
    return (int) SYSCALL.call(PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
  }

  /** A file without a name in any directory, of length 0; closed on exec (Linux 3.17). */
  static int memfdCreate(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) SYSCALL.call(MEMFD_CREATE, arena.allocateFrom(name).address(), MFD_CLOEXEC);
    }
  }

  /** The kernel's number of the calling thread. */
  static int gettid() {
    return (int) SYSCALL.call(GETTID);
  }

  static int tgkill(int process, int thread, int signal) {
    return (int) SYSCALL.call(TGKILL, process, thread, signal);
  }

  /**
   * Gives the calling thread a table of descriptors of its own, without those from {@code first} to
   * {@code last} (Linux 5.9).
   */
  static int leaveDescriptors(int first, int last) {
    return (int) SYSCALL.call(CLOSE_RANGE, first, last, CLOSE_RANGE_UNSHARE);
  }
}
