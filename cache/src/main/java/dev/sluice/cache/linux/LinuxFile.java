package dev.sluice.cache.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    MemorySegment capture = checkOpen();
    long done = 0;
    while (done < target.byteSize()) {
      long n;
      try {
        n =
            (long)
                Libc.PREAD.invokeExact(
                    capture, fd, target.asSlice(done), target.byteSize() - done, offset + done);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
      if (n == 0) {
        break;
      }
      if (n > 0) {
        done += n;
      } else if (Libc.errno(capture) != Libc.EINTR) {
        throw failure("read", offset, target.byteSize(), capture);
      }
    }
    return done;
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    MemorySegment capture = checkOpen();
    long done = 0;
    while (done < source.byteSize()) {
      long n;
      try {
        n =
            (long)
                Libc.PWRITE.invokeExact(
                    capture, fd, source.asSlice(done), source.byteSize() - done, offset + done);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
      if (n >= 0) {
        done += n;
      } else if (Libc.errno(capture) != Libc.EINTR) {
        throw failure("write", offset, source.byteSize(), capture);
      }
    }
  }

  @Override
  public void sync() throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    try {
      result = (int) Libc.FDATASYNC.invokeExact(capture, fd);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    // Not repeated after EINTR or EIO: the kernel reports a lost write once.
    if (result != 0) {
      throw Libc.failure("sync " + path, Libc.errno(capture));
    }
  }

  @Override
  public void punch(long offset, long length) throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    do {
      try {
        result =
            (int)
                Libc.FALLOCATE.invokeExact(
                    capture, fd, FALLOC_KEEP_SIZE_AND_PUNCH_HOLE, offset, length);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    } while (result != 0 && Libc.errno(capture) == Libc.EINTR);
    if (result != 0) {
      throw failure("punch a hole into", offset, length, capture);
    }
  }

  @Override
  public void uncache(long offset, long length) throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    try {
      result = (int) Libc.POSIX_FADVISE.invokeExact(capture, fd, offset, length, FADV_DONTNEED);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (result != 0) { // this call returns the error
      throw Libc.failure("take pages of %s out of memory".formatted(path), result);
    }
  }

  @Override
  public void resize(long size) throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    do {
      try {
        result = (int) Libc.FTRUNCATE.invokeExact(capture, fd, size);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    } while (result != 0 && Libc.errno(capture) == Libc.EINTR);
    if (result != 0) {
      throw Libc.failure("set the size of %s to %d".formatted(path, size), Libc.errno(capture));
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
    MemorySegment capture = checkOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STAT_BYTES, 8);
      int result = (int) Libc.FSTAT.invokeExact(capture, fd, stat);
      if (result != 0) {
        throw Libc.failure("stat " + path, Libc.errno(capture));
      }
      return stat.get(ValueLayout.JAVA_LONG, field);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  @Override
  public long map(long length) throws IOException {
    MemorySegment capture = checkOpen();
    long address;
    try {
      address = (long) Libc.MMAP.invokeExact(capture, 0L, length, PROT_READ, MAP_SHARED, fd, 0L);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (address == -1) {
      throw failure("map", 0, length, capture);
    }
    return address;
  }

  @Override
  public void unmap(long address, long length) throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    try {
      result = (int) Libc.MUNMAP.invokeExact(capture, address, length);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (result != 0) {
      throw failure("unmap", 0, length, capture);
    }
  }

  @Override
  public boolean tryLock() throws IOException {
    MemorySegment capture = checkOpen();
    int result;
    do {
      try {
        result = (int) Libc.FLOCK.invokeExact(capture, fd, LOCK_EXCLUSIVE_NOW);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    } while (result != 0 && Libc.errno(capture) == Libc.EINTR);
    if (result != 0 && Libc.errno(capture) != Libc.EWOULDBLOCK) {
      throw Libc.failure("lock " + path, Libc.errno(capture));
    }
    return result == 0;
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    MemorySegment capture = Libc.capture();
    int result;
    try {
      result = (int) Libc.CLOSE.invokeExact(capture, fd);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (result != 0 && Libc.errno(capture) != Libc.EINTR) {
      throw Libc.failure("close " + path, Libc.errno(capture));
    }
  }

  /** A descriptor's number is soon another file's. */
  private MemorySegment checkOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("use " + path + ": the file is closed");
    }
    return Libc.capture();
  }

  private IOException failure(String action, long offset, long length, MemorySegment capture) {
    return Libc.failure(
        "%s %s at %d, %d bytes".formatted(action, path, offset, length), Libc.errno(capture));
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
