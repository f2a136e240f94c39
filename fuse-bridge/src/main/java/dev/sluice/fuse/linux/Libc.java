package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.fuse.Errno;
import dev.sluice.linux.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Calls into libc, a method for each function. A failed call returns its error number, negated, as
 * the kernel itself does. Memory is given by address; calls without a path allocate nothing.
 */
public final class Libc {
  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_CLOEXEC = 02000000;
  public static final int POLLIN = 1;

  /** How many pieces one {@link #writev} takes. */
  public static final int IOV_MAX = 1024;

  private static final NativeFunction OPEN = NativeFunction.ofInt("open");
  private static final NativeFunction CLOSE = NativeFunction.ofInt("close");
  private static final NativeFunction READ = NativeFunction.ofLong("read");
  private static final NativeFunction WRITEV = NativeFunction.ofLong("writev");
  private static final NativeFunction POLL = NativeFunction.ofInt("poll");
  private static final NativeFunction MOUNT = NativeFunction.ofInt("mount");
  private static final NativeFunction LGETXATTR = NativeFunction.ofLong("lgetxattr");
  private static final NativeFunction LLISTXATTR = NativeFunction.ofLong("llistxattr");
  private static final NativeFunction UMOUNT2 = NativeFunction.ofInt("umount2");
  private static final NativeFunction STATX = NativeFunction.ofInt("statx");
  private static final NativeFunction PROCESS_VM_READV = NativeFunction.ofLong("process_vm_readv");
  private static final NativeFunction STRERROR = NativeFunction.ofLong("strerror");
  private static final int PID = (int) ProcessHandle.current().pid();

  private Libc() {}

  /** Opens {@code path}; the descriptor. */
  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPEN.call(arena.allocateFrom(path).address(), flags, 0);
    }
  }

  public static int close(int descriptor) {
    return (int) CLOSE.call(descriptor);
  }

  /** Reads at most {@code length} bytes to {@code address}; how many. */
  public static long read(int descriptor, long address, long length) {
    return READ.call(descriptor, address, length);
  }

  /** Writes the {@code count} pieces of the {@code struct iovec[]} at {@code vectors}. */
  public static long writev(int descriptor, long vectors, int count) {
    return WRITEV.call(descriptor, vectors, count);
  }

  /** Waits until {@code descriptor} can be read; 0 if it could not within the time. */
  public static int pollReadable(int descriptor, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(JAVA_INT, 0, descriptor);
      poll.set(JAVA_INT, 4, POLLIN);
      return poll(poll.address(), 1, timeoutMillis);
    }
  }

  /** Waits for the {@code count} descriptors of the {@code struct pollfd[]} at {@code polls}. */
  static int poll(long polls, int count, int timeoutMillis) {
    return (int) POLL.call(polls, count, timeoutMillis);
  }

  /** Fills the {@code struct statx} at {@code buffer}. */
  static int statx(int directory, String path, int flags, int mask, long buffer) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) STATX.call(directory, arena.allocateFrom(path).address(), flags, mask, buffer);
    }
  }

  static int mount(String source, String target, String type, long flags, String data) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          MOUNT.call(
              arena.allocateFrom(source).address(),
              arena.allocateFrom(target).address(),
              arena.allocateFrom(type).address(),
              flags,
              arena.allocateFrom(data).address());
    }
  }

  static long lgetxattr(String path, String name, long address, long length) {
    try (Arena arena = Arena.ofConfined()) {
      return LGETXATTR.call(
          arena.allocateFrom(path).address(), arena.allocateFrom(name).address(), address, length);
    }
  }

  static long llistxattr(String path, long address, long length) {
    try (Arena arena = Arena.ofConfined()) {
      return LLISTXATTR.call(arena.allocateFrom(path).address(), address, length);
    }
  }

  static int umount2(String target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) UMOUNT2.call(arena.allocateFrom(target).address(), flags);
    }
  }

  /**
   * Copies memory; the kernel does it, so that memory that has gone away (a mapping of a file that
   * was cut short) gives an error, where a copy by the JVM would kill it.
   *
   * @return 0 or an error number
   */
  public static int copy(long from, long to, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vectors = arena.allocate(32, 8);
      for (long done = 0; done < length; ) {
        vectors.set(JAVA_LONG, 0, to + done);
        vectors.set(JAVA_LONG, 8, length - done);
        vectors.set(JAVA_LONG, 16, from + done);
        vectors.set(JAVA_LONG, 24, length - done);
        long local = vectors.address();
        long copied = PROCESS_VM_READV.call(PID, local, 1, local + 16, 1, 0);
        if (copied <= 0) {
          return copied == 0 ? Errno.EIO : (int) -copied;
        }
        done += copied;
      }
      return 0;
    }
  }

  /** What libc says about an error number, e.g. "No such file or directory". */
  public static String strerror(int errno) {
    return MemorySegment.ofAddress(STRERROR.call(errno)).reinterpret(256).getString(0);
  }
}
