package dev.sluice.cache.linux;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The functions of libc that a sparse file needs, 64-bit Linux. */
final class Libc {
  static final int EINTR = 4;
  static final int EWOULDBLOCK = 11;

  static final NativeFunction OPEN = NativeFunction.ofInt("open");
  static final NativeFunction CLOSE = NativeFunction.ofInt("close");
  static final NativeFunction PREAD = NativeFunction.ofLong("pread");
  static final NativeFunction PWRITE = NativeFunction.ofLong("pwrite");
  static final NativeFunction FDATASYNC = NativeFunction.ofInt("fdatasync");
  static final NativeFunction FTRUNCATE = NativeFunction.ofInt("ftruncate");
  static final NativeFunction FALLOCATE = NativeFunction.ofInt("fallocate");
  static final NativeFunction POSIX_FADVISE = NativeFunction.ofInt("posix_fadvise");
  static final NativeFunction FSTAT = NativeFunction.ofInt("fstat");
  static final NativeFunction STATVFS = NativeFunction.ofInt("statvfs");
  static final NativeFunction FLOCK = NativeFunction.ofInt("flock");
  static final NativeFunction MMAP = NativeFunction.ofLong("mmap");
  static final NativeFunction MUNMAP = NativeFunction.ofInt("munmap");
  private static final NativeFunction STRERROR = NativeFunction.ofLong("strerror");

  private Libc() {}

  static IOException failure(String action, long errno) {
    String cause = MemorySegment.ofAddress(STRERROR.call(errno)).reinterpret(256).getString(0);
    return new IOException("%s: %s (errno %d)".formatted(action, cause, errno));
  }
}
