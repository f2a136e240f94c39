package dev.sluice.daemon;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What only one process at a time may hold: a lock file with the holder's pid. The kernel gives it
 * back when the holder ends, however it ends; the file stays.
 */
public final class InstanceLock implements AutoCloseable {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Path path;
  private final SparseFile file;

  private InstanceLock(Path path, SparseFile file) {
    this.path = path;
    this.file = file;
  }

  /**
   * Takes the lock. Waits for a holder that is just ending.
   *
   * @param path in a directory that exists
   * @param what is locked, for messages, e.g. "the state directory /var/lib/sluice"
   * @param patience how long to wait
   * @throws SluiceException FAILED_PRECONDITION, naming the holder, if it is still held then
   */
  public static InstanceLock acquire(Path path, String what, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      SparseFile file = open(path);
      try {
        while (!file.tryLock()) {
          if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
            throw held(path, what);
          }
          LockSupport.parkNanos(POLL_NANOS);
        }
        file.resize(0);
        file.write(
            0, "%d\n".formatted(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII));
        return new InstanceLock(path, file);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "lock %s: %s".formatted(what, e.getMessage()), e);
    }
  }

  private static SparseFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      try {
        return SparseFiles.host().create(path);
      } catch (IOException e) {
        if (!Files.exists(path)) {
          throw e;
        }
        // Somebody was faster.
      }
    }
    return SparseFiles.host().open(path);
  }

  private static SluiceException held(Path path, String what) throws IOException {
    String holder = Files.readString(path).strip();
    return new SluiceException(
        FailureKind.FAILED_PRECONDITION,
        "lock %s: process %s uses it".formatted(what, holder.isEmpty() ? "unknown" : holder),
        "stop that one first, or configure another root and address",
        null);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "give back the lock " + path, e);
    }
  }
}
