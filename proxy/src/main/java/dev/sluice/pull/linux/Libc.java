package dev.sluice.pull.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Calls into libc, a method for each function. A failed call returns its error number, negated.
 * Names and buffers are given by address; names end with a NUL.
 */
public final class Libc {
  // The same numbers on x86-64 and aarch64, but for the two of open that differ.
  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_EMPTY_PATH = 0x1000;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_CLOEXEC = 02000000;
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  public static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  public static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

  public static final int PROT_READ_WRITE = 3;
  public static final int MAP_SHARED = 1;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EEXIST = 17;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EXDEV = 18;
  public static final int ENOSPC = 28;
  public static final int EMLINK = 31;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE));

  private static final MethodHandle OPENAT =
      variadic(
          "openat", 3, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle MKDIRAT =
      function("mkdirat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MKNODAT =
      function(
          "mknodat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SYMLINKAT =
      function("symlinkat", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle LINKAT =
      function(
          "linkat",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle UNLINKAT =
      function("unlinkat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle READLINKAT =
      function(
          "readlinkat",
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle STATX =
      function(
          "statx",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle GETDENTS64 =
      function("getdents64", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FCHOWN =
      function("fchown", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle FCHOWNAT =
      function(
          "fchownat",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle FCHMOD =
      function("fchmod", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle FCHMODAT =
      function(
          "fchmodat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle FUTIMENS =
      function("futimens", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle UTIMENSAT =
      function(
          "utimensat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FSETXATTR =
      function(
          "fsetxattr",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle LSETXATTR =
      function(
          "lsetxattr",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FREMOVEXATTR =
      function("fremovexattr", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle FLISTXATTR =
      function("flistxattr", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FGETXATTR =
      function(
          "fgetxattr", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle SYNCFS =
      function("syncfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle RENAMEAT =
      function(
          "renameat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle FALLOCATE =
      function(
          "fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      function("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  /** Opens a name in a directory; the descriptor. */
  public static int openat(int directory, long name, int flags, int mode) {
    MemorySegment state = STATE.get();
    try {
      return result((int) OPENAT.invokeExact(state, directory, name, flags, mode), state);
    } catch (Throwable t) {
      throw broken("openat", t);
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

  /** Writes at most {@code length} bytes from {@code address}; how many. */
  public static long write(int descriptor, long address, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) WRITE.invokeExact(state, descriptor, address, length), state);
    } catch (Throwable t) {
      throw broken("write", t);
    }
  }

  public static int mkdirat(int directory, long name, int mode) {
    MemorySegment state = STATE.get();
    try {
      return result((int) MKDIRAT.invokeExact(state, directory, name, mode), state);
    } catch (Throwable t) {
      throw broken("mkdirat", t);
    }
  }

  /** {@code mode} holds the type; {@code device} as {@link #device} makes it. */
  public static int mknodat(int directory, long name, int mode, long device) {
    MemorySegment state = STATE.get();
    try {
      return result((int) MKNODAT.invokeExact(state, directory, name, mode, device), state);
    } catch (Throwable t) {
      throw broken("mknodat", t);
    }
  }

  public static int symlinkat(long target, int directory, long name) {
    MemorySegment state = STATE.get();
    try {
      return result((int) SYMLINKAT.invokeExact(state, target, directory, name), state);
    } catch (Throwable t) {
      throw broken("symlinkat", t);
    }
  }

  public static int linkat(int fromDirectory, long from, int directory, long name, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (int) LINKAT.invokeExact(state, fromDirectory, from, directory, name, flags), state);
    } catch (Throwable t) {
      throw broken("linkat", t);
    }
  }

  public static int unlinkat(int directory, long name, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) UNLINKAT.invokeExact(state, directory, name, flags), state);
    } catch (Throwable t) {
      throw broken("unlinkat", t);
    }
  }

  /** The length of the target; it has no NUL at its end. */
  public static long readlinkat(int directory, long name, long buffer, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) READLINKAT.invokeExact(state, directory, name, buffer, length), state);
    } catch (Throwable t) {
      throw broken("readlinkat", t);
    }
  }

  public static int statx(int directory, long name, int flags, int mask, long buffer) {
    MemorySegment state = STATE.get();
    try {
      return result((int) STATX.invokeExact(state, directory, name, flags, mask, buffer), state);
    } catch (Throwable t) {
      throw broken("statx", t);
    }
  }

  /** Fills {@code buffer} with entries; bytes, 0 at the end. */
  public static long getdents64(int directory, long buffer, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) GETDENTS64.invokeExact(state, directory, buffer, length), state);
    } catch (Throwable t) {
      throw broken("getdents64", t);
    }
  }

  public static int fchown(int descriptor, int user, int group) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FCHOWN.invokeExact(state, descriptor, user, group), state);
    } catch (Throwable t) {
      throw broken("fchown", t);
    }
  }

  public static int fchownat(int directory, long name, int user, int group, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FCHOWNAT.invokeExact(state, directory, name, user, group, flags), state);
    } catch (Throwable t) {
      throw broken("fchownat", t);
    }
  }

  public static int fchmod(int descriptor, int mode) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FCHMOD.invokeExact(state, descriptor, mode), state);
    } catch (Throwable t) {
      throw broken("fchmod", t);
    }
  }

  public static int fchmodat(int directory, long name, int mode, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FCHMODAT.invokeExact(state, directory, name, mode, flags), state);
    } catch (Throwable t) {
      throw broken("fchmodat", t);
    }
  }

  /** {@code times}: two {@code struct timespec}, of access and of change. */
  public static int futimens(int descriptor, long times) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FUTIMENS.invokeExact(state, descriptor, times), state);
    } catch (Throwable t) {
      throw broken("futimens", t);
    }
  }

  public static int utimensat(int directory, long name, long times, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) UTIMENSAT.invokeExact(state, directory, name, times, flags), state);
    } catch (Throwable t) {
      throw broken("utimensat", t);
    }
  }

  public static int fsetxattr(int descriptor, long name, long value, long length, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (int) FSETXATTR.invokeExact(state, descriptor, name, value, length, flags), state);
    } catch (Throwable t) {
      throw broken("fsetxattr", t);
    }
  }

  public static int lsetxattr(long path, long name, long value, long length, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) LSETXATTR.invokeExact(state, path, name, value, length, flags), state);
    } catch (Throwable t) {
      throw broken("lsetxattr", t);
    }
  }

  public static int fremovexattr(int descriptor, long name) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FREMOVEXATTR.invokeExact(state, descriptor, name), state);
    } catch (Throwable t) {
      throw broken("fremovexattr", t);
    }
  }

  /** Fills {@code buffer} with names, each with a NUL at its end; bytes. */
  public static long flistxattr(int descriptor, long buffer, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) FLISTXATTR.invokeExact(state, descriptor, buffer, length), state);
    } catch (Throwable t) {
      throw broken("flistxattr", t);
    }
  }

  /** The length of the value. */
  public static long fgetxattr(int descriptor, long name, long buffer, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) FGETXATTR.invokeExact(state, descriptor, name, buffer, length), state);
    } catch (Throwable t) {
      throw broken("fgetxattr", t);
    }
  }

  /** Writes out the file system that holds the descriptor's file. */
  public static int syncfs(int descriptor) {
    MemorySegment state = STATE.get();
    try {
      return result((int) SYNCFS.invokeExact(state, descriptor), state);
    } catch (Throwable t) {
      throw broken("syncfs", t);
    }
  }

  public static int renameat(int fromDirectory, long from, int directory, long name) {
    MemorySegment state = STATE.get();
    try {
      return result((int) RENAMEAT.invokeExact(state, fromDirectory, from, directory, name), state);
    } catch (Throwable t) {
      throw broken("renameat", t);
    }
  }

  public static int fallocate(int descriptor, int mode, long offset, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length), state);
    } catch (Throwable t) {
      throw broken("fallocate", t);
    }
  }

  /** The address. */
  public static long mmap(
      long address, long length, int protection, int flags, int descriptor, long offset) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (long) MMAP.invokeExact(state, address, length, protection, flags, descriptor, offset),
          state);
    } catch (Throwable t) {
      throw broken("mmap", t);
    }
  }

  public static int munmap(long address, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((int) MUNMAP.invokeExact(state, address, length), state);
    } catch (Throwable t) {
      throw broken("munmap", t);
    }
  }

  /** A device number as glibc and musl take it. */
  public static long device(long major, long minor) {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xffL);
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

  private static int result(int value, MemorySegment state) {
    return value >= 0 ? value : -(int) ERRNO.get(state, 0L);
  }

  private static long result(long value, MemorySegment state) {
    return value >= 0 ? value : -(int) ERRNO.get(state, 0L);
  }

  private static IllegalStateException broken(String function, Throwable cause) {
    return new IllegalStateException("call libc's " + function, cause);
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle variadic(String name, int fixed, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }
}
