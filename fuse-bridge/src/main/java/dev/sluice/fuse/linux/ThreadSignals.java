package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ends a system call in which a thread of this process waits, with EINTR. */
public final class ThreadSignals {
  /*
   * The JDK itself does so to threads that wait in a channel, and has a handler that does nothing
   * for the signal SIGRTMAX - 2. It is used only if it is there: an unhandled signal would end the
   * process.
   */
  private static final int SIGNAL = 62;

  private static final MethodHandle GETTID =
      Libc.variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle TGKILL =
      Libc.variadic(
          "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final long SYS_GETTID = isArm() ? 178 : 186;
  private static final long SYS_TGKILL = isArm() ? 131 : 234;
  private static final int PID = (int) ProcessHandle.current().pid();

  private ThreadSignals() {}

  private static boolean isArm() {
    return Syscalls.IS_ARM;
  }

  /** The number that the kernel has for the calling thread, which is no virtual one. */
  public static int current() {
    MemorySegment state = Libc.STATE.get();
    try {
      return (int) (long) GETTID.invokeExact(state, SYS_GETTID);
    } catch (Throwable t) {
      throw Libc.broken("gettid", t);
    }
  }

  /** Whether {@link #interrupt} does anything. */
  public static boolean areThere() {
    try (FileChannel zero = FileChannel.open(Path.of("/dev/zero"))) {
      // Makes the JDK set its handler, if it has not done so before.
      var _ = zero.read(ByteBuffer.allocate(1));
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("SigCgt:")) {
          long caught = Long.parseUnsignedLong(line.substring("SigCgt:".length()).strip(), 16);
          return (caught >>> (SIGNAL - 1) & 1) != 0;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Interrupts a thread's system call, if it is in one: call it again until that shows. Only if
   * {@link #areThere}.
   */
  public static void interrupt(int thread) {
    MemorySegment state = Libc.STATE.get();
    try {
      // A thread that has just ended makes this fail, which is as well.
      var _ = (long) TGKILL.invokeExact(state, SYS_TGKILL, PID, thread, SIGNAL);
    } catch (Throwable t) {
      throw Libc.broken("tgkill", t);
    }
  }
}
