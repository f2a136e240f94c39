package dev.sluice.load.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Reads files of the mount from many threads and compares every byte with the truth. */
final class Readers {
  private static final int LONGEST_READ = 300_000;
  private static final int THREADS = 4;
  private static final Duration ALL = Duration.ofMinutes(10);
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private final Path directory;
  private final Truth truth;
  private final Duration bound;

  /**
   * @param bound in which each read must end
   */
  Readers(Path directory, Truth truth, Duration bound) {
    this.directory = directory;
    this.truth = truth;
    this.bound = bound;
  }

  /** Reads at random; a read may fail, but then with an I/O error and in time. */
  Tally random(long seed, int reads) {
    Tally tally = new Tally();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Random random = new Random(seed * THREADS + i);
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("reader-" + i)
              .start(() -> {
                for (int read = 0; read < reads / THREADS; read++) {
                  int file = random.nextInt(truth.files().size());
                  int size = truth.files().get(file).length;
                  int offset = random.nextInt(size);
                  read(
                      tally,
                      file,
                      offset,
                      Math.min(size - offset, 1 + random.nextInt(LONGEST_READ)));
                }
              }));
    }
    await(tally, threads, ALL);
    return tally;
  }

  /** Reads everything; what fails must be there within a minute. */
  Tally everything() {
    Tally tally = new Tally();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int from = i;
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("reader-" + i)
              .start(() -> {
                for (int file = from; file < truth.files().size(); file += THREADS) {
                  whole(tally, file);
                }
              }));
    }
    await(tally, threads, ALL);
    return tally;
  }

  private void whole(Tally tally, int file) {
    long end = System.nanoTime() + RECOVERY.toNanos();
    while (!read(tally, file, 0, truth.files().get(file).length)) {
      if (System.nanoTime() > end) {
        tally.broken.add(
            "%s can't be read %s after the fault".formatted(Truth.name(file), RECOVERY));
        return;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Whether the bytes came. */
  private boolean read(Tally tally, int file, int offset, int length) {
    ByteBuffer got = ByteBuffer.allocate(length);
    long start = System.nanoTime();
    boolean came = true;
    try (FileChannel channel = FileChannel.open(directory.resolve(Truth.name(file)))) {
      while (got.hasRemaining() && channel.read(got, offset + got.position()) > 0) {
        // on to the end
      }
      if (got.hasRemaining()) {
        tally.broken.add(
            "%s ended at %d, not at %d"
                .formatted(Truth.name(file), offset + got.position(), offset + length));
      }
    } catch (IOException e) {
      came = false;
      tally.errors.incrementAndGet();
      if (!String.valueOf(e.getMessage()).contains("Input/output error")) {
        tally.broken.add("%s: not an I/O error: %s".formatted(Truth.name(file), e));
      }
    }
    long took = System.nanoTime() - start;
    tally.took(took);
    tally.bytes.addAndGet(got.position());
    if (took > bound.toNanos()) {
      tally.broken.add(
          "%s [%d, %d) took %d s"
              .formatted(Truth.name(file), offset, offset + length, took / 1_000_000_000));
    }
    // Also what came before an error must be right.
    int wrong = truth.difference(file, offset, got.flip());
    if (wrong >= 0) {
      tally.broken.add("%s: WRONG BYTE at %d".formatted(Truth.name(file), wrong));
    }
    return came;
  }

  private static void await(Tally tally, List<Thread> threads, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    for (Thread thread : threads) {
      try {
        if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
          tally.broken.add(thread.getName() + " did not end within " + limit);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while readers read", e);
      }
    }
  }
}
