package dev.sluice.pull.linux;

import dev.sluice.linux.NativeFunction;
import java.lang.foreign.MemorySegment;

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

  private static final NativeFunction OPENAT = NativeFunction.ofInt("openat");
  private static final NativeFunction CLOSE = NativeFunction.ofInt("close");
  private static final NativeFunction WRITE = NativeFunction.ofLong("write");
  private static final NativeFunction MKDIRAT = NativeFunction.ofInt("mkdirat");
  private static final NativeFunction MKNODAT = NativeFunction.ofInt("mknodat");
  private static final NativeFunction SYMLINKAT = NativeFunction.ofInt("symlinkat");
  private static final NativeFunction LINKAT = NativeFunction.ofInt("linkat");
  private static final NativeFunction UNLINKAT = NativeFunction.ofInt("unlinkat");
  private static final NativeFunction READLINKAT = NativeFunction.ofLong("readlinkat");
  private static final NativeFunction STATX = NativeFunction.ofInt("statx");
  private static final NativeFunction GETDENTS64 = NativeFunction.ofLong("getdents64");
  private static final NativeFunction FCHOWN = NativeFunction.ofInt("fchown");
  private static final NativeFunction FCHOWNAT = NativeFunction.ofInt("fchownat");
  private static final NativeFunction FCHMOD = NativeFunction.ofInt("fchmod");
  private static final NativeFunction FCHMODAT = NativeFunction.ofInt("fchmodat");
  private static final NativeFunction FUTIMENS = NativeFunction.ofInt("futimens");
  private static final NativeFunction UTIMENSAT = NativeFunction.ofInt("utimensat");
  private static final NativeFunction FSETXATTR = NativeFunction.ofInt("fsetxattr");
  private static final NativeFunction LSETXATTR = NativeFunction.ofInt("lsetxattr");
  private static final NativeFunction FREMOVEXATTR = NativeFunction.ofInt("fremovexattr");
  private static final NativeFunction FLISTXATTR = NativeFunction.ofLong("flistxattr");
  private static final NativeFunction FGETXATTR = NativeFunction.ofLong("fgetxattr");
  private static final NativeFunction SYNCFS = NativeFunction.ofInt("syncfs");
  private static final NativeFunction RENAMEAT = NativeFunction.ofInt("renameat");
  private static final NativeFunction FALLOCATE = NativeFunction.ofInt("fallocate");
  private static final NativeFunction MMAP = NativeFunction.ofLong("mmap");
  private static final NativeFunction MUNMAP = NativeFunction.ofInt("munmap");
  private static final NativeFunction STRERROR = NativeFunction.ofLong("strerror");

  private Libc() {}

  /** Opens a name in a directory; the descriptor. */
  public static int openat(int directory, long name, int flags, int mode) {
    return (int) OPENAT.call(directory, name, flags, mode);
  }

  public static int close(int descriptor) {
    return (int) CLOSE.call(descriptor);
  }

  /** Writes at most {@code length} bytes from {@code address}; how many. */
  public static long write(int descriptor, long address, long length) {
    return WRITE.call(descriptor, address, length);
  }

  public static int mkdirat(int directory, long name, int mode) {
    return (int) MKDIRAT.call(directory, name, mode);
  }

  /** {@code mode} holds the type; {@code device} as {@link #device} makes it. */
  public static int mknodat(int directory, long name, int mode, long device) {
    return (int) MKNODAT.call(directory, name, mode, device);
  }

  public static int symlinkat(long target, int directory, long name) {
    return (int) SYMLINKAT.call(target, directory, name);
  }

  public static int linkat(int fromDirectory, long from, int directory, long name, int flags) {
    return (int) LINKAT.call(fromDirectory, from, directory, name, flags);
  }

  public static int unlinkat(int directory, long name, int flags) {
    return (int) UNLINKAT.call(directory, name, flags);
  }

  /** The length of the target; it has no NUL at its end. */
  public static long readlinkat(int directory, long name, long buffer, long length) {
    return READLINKAT.call(directory, name, buffer, length);
  }

  public static int statx(int directory, long name, int flags, int mask, long buffer) {
    return (int) STATX.call(directory, name, flags, mask, buffer);
  }

  /** Fills {@code buffer} with entries; bytes, 0 at the end. */
  public static long getdents64(int directory, long buffer, long length) {
    return GETDENTS64.call(directory, buffer, length);
  }

  public static int fchown(int descriptor, int user, int group) {
    return (int) FCHOWN.call(descriptor, user, group);
  }

  public static int fchownat(int directory, long name, int user, int group, int flags) {
    return (int) FCHOWNAT.call(directory, name, user, group, flags);
  }

  public static int fchmod(int descriptor, int mode) {
    return (int) FCHMOD.call(descriptor, mode);
  }

  public static int fchmodat(int directory, long name, int mode, int flags) {
    return (int) FCHMODAT.call(directory, name, mode, flags);
  }

  /** {@code times}: two {@code struct timespec}, of access and of change. */
  public static int futimens(int descriptor, long times) {
    return (int) FUTIMENS.call(descriptor, times);
  }

  public static int utimensat(int directory, long name, long times, int flags) {
    return (int) UTIMENSAT.call(directory, name, times, flags);
  }

  public static int fsetxattr(int descriptor, long name, long value, long length, int flags) {
    return (int) FSETXATTR.call(descriptor, name, value, length, flags);
  }

  public static int lsetxattr(long path, long name, long value, long length, int flags) {
    return (int) LSETXATTR.call(path, name, value, length, flags);
  }

  public static int fremovexattr(int descriptor, long name) {
    return (int) FREMOVEXATTR.call(descriptor, name);
  }

  /** Fills {@code buffer} with names, each with a NUL at its end; bytes. */
  public static long flistxattr(int descriptor, long buffer, long length) {
    return FLISTXATTR.call(descriptor, buffer, length);
  }

  /** The length of the value. */
  public static long fgetxattr(int descriptor, long name, long buffer, long length) {
    return FGETXATTR.call(descriptor, name, buffer, length);
  }

  /** Writes out the file system that holds the descriptor's file. */
  public static int syncfs(int descriptor) {
    return (int) SYNCFS.call(descriptor);
  }

  public static int renameat(int fromDirectory, long from, int directory, long name) {
    return (int) RENAMEAT.call(fromDirectory, from, directory, name);
  }

  public static int fallocate(int descriptor, int mode, long offset, long length) {
    return (int) FALLOCATE.call(descriptor, mode, offset, length);
  }

  /** The address. */
  public static long mmap(
      long address, long length, int protection, int flags, int descriptor, long offset) {
    return MMAP.call(address, length, protection, flags, descriptor, offset);
  }

  public static int munmap(long address, long length) {
    return (int) MUNMAP.call(address, length);
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
    return MemorySegment.ofAddress(STRERROR.call(errno)).reinterpret(256).getString(0);
  }
}
