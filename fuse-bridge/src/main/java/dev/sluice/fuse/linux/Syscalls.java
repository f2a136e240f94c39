package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * System calls that libc has no function for everywhere. As in {@link Libc}, errors are negative.
 */
final class Syscalls {
  /** The other 64-bit machine that Linux runs on has its own numbers for older calls. */
  static final boolean IS_ARM = System.getProperty("os.arch", "").equals("aarch64");

  private static final long SYS_PIDFD_SEND_SIGNAL = 424;
  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;
  private static final MethodHandle TWO =
      Libc.variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle THREE =
      Libc.variadic(
          "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SEND =
      Libc.variadic(
          "syscall",
          1,
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));

  private Syscalls() {}

  /** A descriptor that stands for a process (Linux 5.3). */
  static int pidfdOpen(int pid) {
    MemorySegment state = Libc.STATE.get();
    try {
      return (int) Libc.result((long) TWO.invokeExact(state, SYS_PIDFD_OPEN, pid, 0), state);
    } catch (Throwable t) {
      throw Libc.broken("pidfd_open", t);
    }
  }

  /** A descriptor of our own for an open file of another process (Linux 5.6); closed on exec. */
  static int pidfdGetfd(int pidfd, int descriptor) {
    MemorySegment state = Libc.STATE.get();
    try {
      return (int)
          Libc.result(
              (long) THREE.invokeExact(state, SYS_PIDFD_GETFD, pidfd, descriptor, 0), state);
    } catch (Throwable t) {
      throw Libc.broken("pidfd_getfd", t);
    }
  }

  static int pidfdSendSignal(int pidfd, int signal) {
    MemorySegment state = Libc.STATE.get();
    try {
      return (int)
          Libc.result(
              (long) SEND.invokeExact(state, SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0L, 0), state);
    } catch (Throwable t) {
      throw Libc.broken("pidfd_send_signal", t);
    }
  }
}
