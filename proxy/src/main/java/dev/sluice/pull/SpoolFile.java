package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A mapped file without a name, for the bytes of a server that ignores ranges: they come as fast as
 * it likes, and nothing can hold them back. All its room is reserved, so that no write to the
 * mapping can fail.
 */
final class SpoolFile {
  private static final int OWNER_ONLY = 0600;

  private SpoolFile() {}

  /**
   * @param path a name that is free
   * @param arena unmaps the file when it is closed
   */
  static MemorySegment map(Path path, long length, Arena arena) {
    try (NativeScratch scratch = new NativeScratch()) {
      String name = NativeScratch.raw(path);
      int file =
          check(
              path,
              Libc.openat(
                  Libc.AT_FDCWD,
                  scratch.name(name),
                  Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC,
                  OWNER_ONLY));
      try {
        check(path, Libc.unlinkat(Libc.AT_FDCWD, scratch.name(name), 0));
        check(path, Libc.fallocate(file, 0, 0, length));
        long address = Libc.mmap(0, length, Libc.PROT_READ_WRITE, Libc.MAP_SHARED, file, 0);
        check(path, (int) Math.min(0, address));
        return MemorySegment.ofAddress(address)
            .reinterpret(length, arena, mapped -> Libc.munmap(mapped.address(), length));
      } finally {
        Libc.close(file);
      }
    }
  }

  private static int check(Path path, int result) {
    if (result >= 0) {
      return result;
    }
    FailureKind kind =
        switch (-result) {
          case Libc.ENOSPC, Libc.EDQUOT -> FailureKind.EXHAUSTED;
          case Libc.EOPNOTSUPP -> FailureKind.UNSUPPORTED;
          default -> FailureKind.LOCAL_IO;
        };
    throw new SluiceException(
        kind, "make room for a layer at %s: %s".formatted(path, Libc.strerror(-result)));
  }
}
