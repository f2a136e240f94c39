package dev.sluice.fuse;

/** Error numbers of Linux that a read-only file system answers with. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EINVAL = 22;
  public static final int ENOTTY = 25;
  public static final int EROFS = 30;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENODATA = 61;
  public static final int ESTALE = 116;
  public static final int EOPNOTSUPP = 95;
  public static final int ENOTCONN = 107;
  public static final int ECONNABORTED = 103;

  /** The kernel takes error numbers up to here. */
  private static final int MAX = 511;

  private Errno() {}

  /** The error number itself if the kernel takes it, else {@link #EIO}. */
  public static int valid(int errno) {
    return errno > 0 && errno <= MAX ? errno : EIO;
  }
}
