package dev.sluice.fuse.linux;

import java.io.IOException;
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

  private static final int PID = (int) ProcessHandle.current().pid();

  private ThreadSignals() {}

  /** The number that the kernel has for the calling thread, which is no virtual one. */
  public static int current() {
    return Syscalls.gettid();
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
    // A thread that has just ended makes this fail, which is as well.
    var _ = Syscalls.tgkill(PID, thread, SIGNAL);
  }
}
