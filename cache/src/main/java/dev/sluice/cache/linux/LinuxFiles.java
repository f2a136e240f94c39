package dev.sluice.cache.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** The host's file system. */
final class LinuxFiles implements SparseFiles {
  static final LinuxFiles INSTANCE = new LinuxFiles();

  // The same numbers on x86-64 and aarch64.
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_CLOEXEC = 02000000;
  private static final int OWNER_ONLY = 0600;

  // struct statvfs of 64-bit glibc and musl.
  private static final long STATVFS_BYTES = 256;
  private static final long STATVFS_FRSIZE = 8;
  private static final long STATVFS_BAVAIL = 32;

  private LinuxFiles() {}

  @Override
  public SparseFile create(Path path) throws IOException {
    return open("create", path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
  }

  @Override
  public SparseFile open(Path path) throws IOException {
    return open("open", path, O_RDWR | O_CLOEXEC);
  }

  @Override
  public long usable(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STATVFS_BYTES, 8);
      MemorySegment name = arena.allocateFrom(path.toString());
      long result = Libc.STATVFS.call(name.address(), stat.address());
      if (result != 0) {
        throw Libc.failure("find the free space of " + path, -result);
      }
      return stat.get(ValueLayout.JAVA_LONG, STATVFS_FRSIZE)
          * stat.get(ValueLayout.JAVA_LONG, STATVFS_BAVAIL);
    }
  }

  private static SparseFile open(String action, Path path, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toString());
      long fd;
      do {
        fd = Libc.OPEN.call(name.address(), flags, OWNER_ONLY);
      } while (fd == -Libc.EINTR);
      if (fd < 0) {
        throw Libc.failure(action + " " + path, -fd);
      }
      return new LinuxFile(path, (int) fd);
    }
  }
}
