package dev.sluice.pull;

import dev.sluice.pull.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * What stands in an inode.
 *
 * @param mode type and permissions
 */
record FileStatus(int mode, long user, long group, long mtimeSeconds, int mtimeNanos, long device) {
  static final int TYPE_MASK = 0170000;
  static final int CHAR_DEVICE = 0020000;
  static final int DIRECTORY = 0040000;
  static final int BLOCK_DEVICE = 0060000;
  static final int FIFO = 0010000;
  static final int SYMLINK = 0120000;

  // struct statx, the same for all architectures.
  private static final int STATX_BYTES = 256;
  private static final int STATX_BASIC = 0x7ff;
  private static final int UID = 20;
  private static final int GID = 24;
  private static final int MODE = 28;
  private static final int MTIME = 112;
  private static final int RDEV_MAJOR = 128;
  private static final int RDEV_MINOR = 132;

  /**
   * Looks at a name without following a link; at the directory itself if the name is empty. Null if
   * there is nothing.
   */
  static @Nullable FileStatus of(NativeScratch scratch, int directory, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(STATX_BYTES, 8);
      int flags = Libc.AT_SYMLINK_NOFOLLOW | (name.isEmpty() ? Libc.AT_EMPTY_PATH : 0);
      int result = Libc.statx(directory, scratch.name(name), flags, STATX_BASIC, status.address());
      if (result == -Libc.ENOENT) {
        return null;
      }
      if (result < 0) {
        throw LinuxFailures.of("look at", name, result);
      }
      return new FileStatus(
          Short.toUnsignedInt(status.get(ValueLayout.JAVA_SHORT, MODE)),
          Integer.toUnsignedLong(status.get(ValueLayout.JAVA_INT, UID)),
          Integer.toUnsignedLong(status.get(ValueLayout.JAVA_INT, GID)),
          status.get(ValueLayout.JAVA_LONG, MTIME),
          status.get(ValueLayout.JAVA_INT, MTIME + 8),
          Libc.device(
              Integer.toUnsignedLong(status.get(ValueLayout.JAVA_INT, RDEV_MAJOR)),
              Integer.toUnsignedLong(status.get(ValueLayout.JAVA_INT, RDEV_MINOR))));
    }
  }

  int type() {
    return mode & TYPE_MASK;
  }

  boolean isDirectory() {
    return type() == DIRECTORY;
  }

  /** What overlayfs takes for "not here". */
  boolean isWhiteout() {
    return type() == CHAR_DEVICE && device == 0;
  }
}
