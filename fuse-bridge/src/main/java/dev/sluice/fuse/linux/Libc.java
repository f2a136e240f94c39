package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.fuse.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Calls into libc, a method for each function. A failed call returns its error number, negated, as
 * the kernel itself does. Memory is given by address: the calls allocate nothing.
 */
public final class Libc {
  /*
   * Pointers travel as JAVA_LONG, which on every 64-bit Linux ABI is passed like a pointer; so no
   * MemorySegment is made per call. The error number is captured by the linker in the same
   * downcall, into a few bytes per thread: any later call from Java could overwrite errno.
   */
  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_CLOEXEC = 02000000;
  public static final int POLLIN = 1;

  /** How many pieces one {@link #writev} takes. */
  public static final int IOV_MAX = 1024;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** Where a call leaves its error number. */
  static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE));

  private static final MethodHandle OPEN =
      variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WRITEV =
      function("writev", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  static final MethodHandle POLL =
      function("poll", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MOUNT =
      function(
          "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
  private static final MethodHandle LGETXATTR =
      function(
          "lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle LLISTXATTR =
      function("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle UMOUNT2 =
      function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SYSCALL =
      variadic(
          "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle STATX =
      function(
          "statx",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle PROCESS_VM_READV =
      function(
          "process_vm_readv",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  /** close_range(2), which has this number on all architectures; libc may be older than it. */
  private static final long CLOSE_RANGE = 436;

  private static final int CLOSE_RANGE_UNSHARE = 2;

  private static final int PID = (int) ProcessHandle.current().pid();
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  /** Opens {@code path}; the descriptor. */
  public static int open(String path, int flags) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result((int) OPEN.invokeExact(state, arena.allocateFrom(path), flags, 0), state);
    } catch (Throwable t) {
      throw broken("open", t);
    }
  }

  public static int close(int descriptor) {
    MemorySegment state = STATE.get();
    try {
      return result((int) CLOSE.invokeExact(state, descriptor), state);
    } catch (Throwable t) {
      throw broken("close", t);
    }
  }

  /** Reads at most {@code length} bytes to {@code address}; how many. */
  public static long read(int descriptor, long address, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) READ.invokeExact(state, descriptor, address, length), state);
    } catch (Throwable t) {
      throw broken("read", t);
    }
  }

  /** Writes the {@code count} pieces of the {@code struct iovec[]} at {@code vectors}. */
  public static long writev(int descriptor, long vectors, int count) {
    MemorySegment state = STATE.get();
    try {
      return result((long) WRITEV.invokeExact(state, descriptor, vectors, count), state);
    } catch (Throwable t) {
      throw broken("writev", t);
    }
  }

  /** Waits until {@code descriptor} can be read; 0 if it could not within the time. */
  public static int pollReadable(int descriptor, int timeoutMillis) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(JAVA_INT, 0, descriptor);
      poll.set(JAVA_INT, 4, POLLIN);
      return result((int) POLL.invokeExact(state, poll.address(), 1L, timeoutMillis), state);
    } catch (Throwable t) {
      throw broken("poll", t);
    }
  }

  /** Fills the {@code struct statx} at {@code buffer}. */
  static int statx(int directory, String path, int flags, int mask, long buffer) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(
          (int) STATX.invokeExact(state, directory, arena.allocateFrom(path), flags, mask, buffer),
          state);
    } catch (Throwable t) {
      throw broken("statx", t);
    }
  }

  static int mount(String source, String target, String type, long flags, String data) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(
          (int)
              MOUNT.invokeExact(
                  state,
                  arena.allocateFrom(source),
                  arena.allocateFrom(target),
                  arena.allocateFrom(type),
                  flags,
                  arena.allocateFrom(data)),
          state);
    } catch (Throwable t) {
      throw broken("mount", t);
    }
  }

  static long lgetxattr(String path, String name, long address, long length) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(
          (long)
              LGETXATTR.invokeExact(
                  state, arena.allocateFrom(path), arena.allocateFrom(name), address, length),
          state);
    } catch (Throwable t) {
      throw broken("lgetxattr", t);
    }
  }

  static long llistxattr(String path, long address, long length) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(
          (long) LLISTXATTR.invokeExact(state, arena.allocateFrom(path), address, length), state);
    } catch (Throwable t) {
      throw broken("llistxattr", t);
    }
  }

  static int umount2(String target, int flags) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result((int) UMOUNT2.invokeExact(state, arena.allocateFrom(target), flags), state);
    } catch (Throwable t) {
      throw broken("umount2", t);
    }
  }

  /**
   * Gives the calling thread a table of descriptors of its own, without those from {@code first}
   * on. Since Linux 5.9.
   */
  static int leaveDescriptors(int first, int last) {
    MemorySegment state = STATE.get();
    try {
      return (int)
          result(
              (long) SYSCALL.invokeExact(state, CLOSE_RANGE, first, last, CLOSE_RANGE_UNSHARE),
              state);
    } catch (Throwable t) {
      throw broken("close_range", t);
    }
  }

  /**
   * Copies memory; the kernel does it, so that memory that has gone away (a mapping of a file that
   * was cut short) gives an error, where a copy by the JVM would kill it.
   *
   * @return 0 or an error number
   */
  public static int copy(long from, long to, long length) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vectors = arena.allocate(32, 8);
      for (long done = 0; done < length; ) {
        vectors.set(JAVA_LONG, 0, to + done);
        vectors.set(JAVA_LONG, 8, length - done);
        vectors.set(JAVA_LONG, 16, from + done);
        vectors.set(JAVA_LONG, 24, length - done);
        long local = vectors.address();
        long copied =
            result(
                (long) PROCESS_VM_READV.invokeExact(state, PID, local, 1L, local + 16, 1L, 0L),
                state);
        if (copied <= 0) {
          return copied == 0 ? Errno.EIO : (int) -copied;
        }
        done += copied;
      }
      return 0;
    } catch (Throwable t) {
      throw broken("process_vm_readv", t);
    }
  }

  /** What libc says about an error number, e.g. "No such file or directory". */
  public static String strerror(int errno) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
      return text.reinterpret(256).getString(0);
    } catch (Throwable t) {
      throw broken("strerror", t);
    }
  }

  static int result(int value, MemorySegment state) {
    return value >= 0 ? value : -(int) ERRNO.get(state, 0L);
  }

  static long result(long value, MemorySegment state) {
    return value >= 0 ? value : -(int) ERRNO.get(state, 0L);
  }

  static IllegalStateException broken(String function, Throwable cause) {
    return new IllegalStateException("call libc's " + function, cause);
  }

  static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  static MethodHandle variadic(String name, int fixed, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }
}
