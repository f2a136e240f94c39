package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * What statx(2) says of a file: more than Java asks for, e.g. the space it takes.
 *
 * @param device as one number; with {@code inode} it names the file
 * @param mode type and permission bits
 * @param blocks of 512 bytes
 */
public record FileStatus(
    long device, long inode, int links, int mode, int uid, int gid, long bytes, long blocks) {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STRUCT_BYTES = 256;

  /**
   * Of what is mounted at {@code path}, as the kernel remembers it: the server of a FUSE mount is
   * not asked, so that it may ask itself.
   */
  public static FileStatus remembered(Path path) throws LinuxException {
    return of(path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC);
  }

  /** Of {@code path} itself, also if it is a symbolic link. */
  public static FileStatus of(Path path) throws LinuxException {
    return of(path, AT_SYMLINK_NOFOLLOW);
  }

  private static FileStatus of(Path path, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statx = arena.allocate(STRUCT_BYTES, 8);
      int result = Libc.statx(AT_FDCWD, path.toString(), flags, STATX_BASIC_STATS, statx.address());
      if (result < 0) {
        throw new LinuxException("stat " + path, -result, "");
      }
      return new FileStatus(
          ((long) statx.get(JAVA_INT, 136) << 32)
              | Integer.toUnsignedLong(statx.get(JAVA_INT, 140)),
          statx.get(JAVA_LONG, 32),
          statx.get(JAVA_INT, 16),
          Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
          statx.get(JAVA_INT, 20),
          statx.get(JAVA_INT, 24),
          statx.get(JAVA_LONG, 40),
          statx.get(JAVA_LONG, 48));
    }
  }
}
