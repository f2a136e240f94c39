package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Open files of this process by number. */
public final class Descriptors {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final short POLLERR = 8;
  private static final short POLLNVAL = 32;
  private static final NativeFunction FCNTL = NativeFunction.ofInt("fcntl");

  private Descriptors() {}

  /** Another number for the same open file, which no child process gets. */
  public static int duplicate(int descriptor) throws LinuxException {
    return duplicate(descriptor, 3);
  }

  static int duplicate(int descriptor, int least) throws LinuxException {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, least);
  }

  public static void close(int descriptor) {
    Libc.close(descriptor);
  }

  /** From now on no child process gets it. */
  public static void closeOnExec(int descriptor) throws LinuxException {
    var _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }

  private static int fcntl(int descriptor, int command, long argument) throws LinuxException {
    int result = (int) FCNTL.call(descriptor, command, argument);
    if (result < 0) {
      throw new LinuxException("change descriptor " + descriptor, -result, "");
    }
    return result;
  }

  /** What an open file is called, e.g. "/dev/fuse". */
  public static String name(int descriptor) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
  }

  /** Whether the kernel has ended what the descriptor stands for, e.g. a FUSE connection. */
  public static boolean hasEnded(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(JAVA_INT, 0, descriptor);
      int ready = Libc.poll(poll.address(), 1, 0);
      return ready < 0 || (poll.get(JAVA_SHORT, 6) & (POLLERR | POLLNVAL)) != 0;
    }
  }
}
