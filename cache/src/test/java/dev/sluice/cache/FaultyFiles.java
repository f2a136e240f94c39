package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The host's files, made to fail when a test says so. */
final class FaultyFiles implements SparseFiles {
  /** What a call of that name throws; null if it goes on. */
  interface Fault {
    @Nullable String of(String call, Path path);
  }

  volatile Fault fault = (call, path) -> null;
  volatile @Nullable LongSupplier usable;
  final AtomicInteger openFiles = new AtomicInteger();

  private void may(String call, Path path) throws IOException {
    String failure = fault.of(call, path);
    if (failure != null) {
      throw new IOException(call + " " + path + ": " + failure);
    }
  }

  @Override
  public SparseFile create(Path path) throws IOException {
    may("create", path);
    return new Faulty(path, SparseFiles.host().create(path));
  }

  @Override
  public SparseFile open(Path path) throws IOException {
    may("open", path);
    return new Faulty(path, SparseFiles.host().open(path));
  }

  @Override
  public long usable(Path path) throws IOException {
    may("usable", path);
    LongSupplier set = usable;
    return set == null ? SparseFiles.host().usable(path) : set.getAsLong();
  }

  private final class Faulty implements SparseFile {
    private final Path path;
    private final SparseFile file;

    Faulty(Path path, SparseFile file) {
      this.path = path;
      this.file = file;
      openFiles.incrementAndGet();
    }

    @Override
    public long read(long offset, MemorySegment target) throws IOException {
      may("read", path);
      return file.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      String failure = fault.of("write", path);
      if (failure != null) {
        file.write(offset, source.asSlice(0, source.byteSize() / 2)); // torn
        throw new IOException("write " + path + ": " + failure);
      }
      file.write(offset, source);
    }

    @Override
    public void sync() throws IOException {
      may("sync", path);
      file.sync();
    }

    @Override
    public void uncache(long offset, long length) throws IOException {
      file.uncache(offset, length);
    }

    @Override
    public void punch(long offset, long length) throws IOException {
      may("punch", path);
      file.punch(offset, length);
    }

    @Override
    public void resize(long size) throws IOException {
      may("resize", path);
      file.resize(size);
    }

    @Override
    public long size() throws IOException {
      may("size", path);
      return file.size();
    }

    @Override
    public long allocated() throws IOException {
      may("allocated", path);
      return file.allocated();
    }

    @Override
    public long map(long length) throws IOException {
      may("map", path);
      return file.map(length);
    }

    @Override
    public void unmap(long address, long length) throws IOException {
      file.unmap(address, length);
    }

    @Override
    public boolean tryLock() throws IOException {
      return file.tryLock();
    }

    @Override
    public void close() throws IOException {
      openFiles.decrementAndGet();
      file.close();
    }
  }
}
