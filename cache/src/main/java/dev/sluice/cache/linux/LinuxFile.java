package dev.sluice.cache.linux;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A file descriptor of the host. */
final class LinuxFile implements SparseFile {
  private static final int FALLOC_KEEP_SIZE_AND_PUNCH_HOLE = 1 | 2;
  private static final int FADV_DONTNEED = 4;
  private static final int LOCK_EXCLUSIVE_NOW = 2 | 4;
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 1;
  private static final long STAT_BYTES = 144;
  // struct stat: st_blocks, in units of 512 bytes; the same place on x86-64 and aarch64.
  private static final long STAT_SIZE = 48;
  private static final long STAT_BLOCKS = 64;

  private final Path path;
  private final int fd;
  private final AtomicBoolean closed = new AtomicBoolean();

  LinuxFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  @Override
  public long read(long offset, MemorySegment target) throws IOException {
    checkOpen();
    long address = NativeFunction.address(target);
    long length = target.byteSize();
    try {
      long done = 0;
      while (done < length) {
        long n = Libc.PREAD.call(fd, address + done, length - done, offset + done);
        if (n == 0) {
          break;
        }
        if (n > 0) {
          done += n;
        } else if (n != -Libc.EINTR) {
          throw failure("read", offset, length, -n);
        }
      }
      return done;
    } finally {
      Reference.reachabilityFence(target);
    }
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    checkOpen();
    long address = NativeFunction.address(source);
    long length = source.byteSize();
    try {
      long done = 0;
      while (done < length) {
        long n = Libc.PWRITE.call(fd, address + done, length - done, offset + done);
        if (n >= 0) {
          done += n;
        } else if (n != -Libc.EINTR) {
          throw failure("write", offset, length, -n);
        }
      }
    } finally {
      Reference.reachabilityFence(source);
    }
  }

  @Override
  public void sync() throws IOException {
    checkOpen();
    // Not repeated after EINTR or EIO: the kernel reports a lost write once.
    long result = Libc.FDATASYNC.call(fd);
    if (result != 0) {
      throw Libc.failure("sync " + path, -result);
    }
  }

  @Override
  public void punch(long offset, long length) throws IOException {
    checkOpen();
    long result;
    do {
      result = Libc.FALLOCATE.call(fd, FALLOC_KEEP_SIZE_AND_PUNCH_HOLE, offset, length);
    } while (result == -Libc.EINTR);
    if (result != 0) {
      throw failure("punch a hole into", offset, length, -result);
    }
  }

  @Override
  public void uncache(long offset, long length) throws IOException {
    checkOpen();
    long errno = Libc.POSIX_FADVISE.call(fd, offset, length, FADV_DONTNEED);
    if (errno != 0) { // this call returns the error
      throw Libc.failure("take pages of %s out of memory".formatted(path), errno);
    }
  }

  @Override
  public void resize(long size) throws IOException {
    checkOpen();
    long result;
    do {
      result = Libc.FTRUNCATE.call(fd, size);
    } while (result == -Libc.EINTR);
    if (result != 0) {
      throw Libc.failure("set the size of %s to %d".formatted(path, size), -result);
    }
  }

  @Override
  public long size() throws IOException {
    return stat(STAT_SIZE);
  }

  @Override
  public long allocated() throws IOException {
    return stat(STAT_BLOCKS) * 512;
  }

  private long stat(long field) throws IOException {
    checkOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STAT_BYTES, 8);
      long result = Libc.FSTAT.call(fd, stat.address());
      if (result != 0) {
        throw Libc.failure("stat " + path, -result);
      }
      return stat.get(ValueLayout.JAVA_LONG, field);
    }
  }

  @Override
  public long map(long length) throws IOException {
    checkOpen();
    long address = Libc.MMAP.call(0, length, PROT_READ, MAP_SHARED, fd, 0);
    if (address < 0) {
      throw failure("map", 0, length, -address);
    }
    return address;
  }

  @Override
  public void unmap(long address, long length) throws IOException {
    checkOpen();
    long result = Libc.MUNMAP.call(address, length);
    if (result != 0) {
      throw failure("unmap", 0, length, -result);
    }
  }

  @Override
  public boolean tryLock() throws IOException {
    checkOpen();
    long result;
    do {
      result = Libc.FLOCK.call(fd, LOCK_EXCLUSIVE_NOW);
    } while (result == -Libc.EINTR);
    if (result != 0 && result != -Libc.EWOULDBLOCK) {
      throw Libc.failure("lock " + path, -result);
    }
    return result == 0;
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    long result = Libc.CLOSE.call(fd);
    if (result != 0 && result != -Libc.EINTR) {
      throw Libc.failure("close " + path, -result);
    }
  }

  /** A descriptor's number is soon another file's. */
  private void checkOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("use " + path + ": the file is closed");
    }
  }

  private IOException failure(String action, long offset, long length, long errno) {
    return Libc.failure("%s %s at %d, %d bytes".formatted(action, path, offset, length), errno);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
