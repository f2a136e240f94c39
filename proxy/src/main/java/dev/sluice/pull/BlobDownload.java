package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A blob that comes in ranges, several at once, and is read in order by one thread. The {@link
 * Schedule} says when which range is asked for.
 */
final class BlobDownload {
  private final BlobSource blob;
  private final long size;
  private final LongConsumer fetched;
  private final Consumer<Range> consumed;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrival = lock.newCondition();

  // Guarded by lock.
  private final Deque<Range> ranges = new ArrayDeque<>();
  private @Nullable SluiceException failure;
  private boolean closed;

  /** Where the next range starts. Only the schedule's. */
  private long next;

  /** How far it was read. Only the reader writes it. */
  private volatile long position;

  private volatile boolean ended;

  /**
   * @param fetched told of each arrival
   * @param consumed gets each range that nobody will read or write any more
   */
  BlobDownload(BlobSource blob, long size, LongConsumer fetched, Consumer<Range> consumed) {
    this.blob = blob;
    this.size = size;
    this.fetched = fetched;
    this.consumed = consumed;
  }

  long size() {
    return size;
  }

  /** The bytes were not the blob's: the next try takes them from elsewhere, if it can. */
  void distrust() {
    blob.distrust(0, size);
  }

  /** Length of the next range to ask for; 0 if there is none. */
  long nextLength(int most) {
    return ended ? 0 : takesRanges() ? Math.min(most, size - next) : size - next;
  }

  /** If not, the rest must come as one stream: each request would bring all that is before it. */
  boolean takesRanges() {
    return blob.takesRanges();
  }

  /** How far what was asked for is ahead of what was read. */
  long lead() {
    return next - position;
  }

  long next() {
    return next;
  }

  /** A range that follows those before; it is asked for by {@link #start}. */
  void add(Range range) {
    next = range.to();
    lock.lock();
    try {
      ranges.addLast(range);
    } finally {
      lock.unlock();
    }
  }

  /** Asks for the range; {@code done} runs when the request has ended, however. */
  void start(Range range, Runnable done) {
    blob.range(range.from, range.to(), bytes -> arrived(range, bytes))
        .onComplete(result -> {
          if (result.failed()) {
            fail(asFailure(result.cause()));
          } else if (range.arrived() < range.length) {
            fail(
                new SluiceException(
                    FailureKind.CORRUPT,
                    "pull %s: the answer for bytes %d-%d ended early"
                        .formatted(blob, range.from, range.to() - 1)));
          }
          settle(range);
          done.run();
        });
  }

  private static SluiceException asFailure(Throwable cause) {
    return cause instanceof SluiceException known
        ? known
        : new SluiceException(
            SluiceException.kindOf(cause), SluiceException.describe(cause), cause);
  }

  private void arrived(Range range, Buffer bytes) {
    if (ended) {
      throw new SluiceException(FailureKind.CANCELLED, "pull " + blob + ": nobody wants it");
    }
    if (!range.take(bytes)) {
      throw new SluiceException(
          FailureKind.CORRUPT, "pull " + blob + ": more bytes came than were asked for");
    }
    fetched.accept(bytes.length());
    lock.lock();
    try {
      if (range.equals(ranges.peekFirst())) {
        arrival.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The first bytes, without reading them; fewer than {@code most} if the blob has not so many. */
  byte[] head(int most) {
    int wanted = (int) Math.min(most, size);
    byte[] head = new byte[wanted];
    if (wanted > 0) {
      Range range = await(wanted);
      range.read(head, 0, wanted);
      range.read = 0;
    }
    return head;
  }

  /**
   * Waits for the next bytes.
   *
   * @return how many, -1 at the end
   * @throws SluiceException if the blob can't be had, or {@link #cancel} was called
   */
  int read(byte[] into, int at, int length) {
    if (position == size) {
      return -1;
    }
    Range range = await(1);
    int n = range.read(into, at, length);
    long now = position + n;
    position = now;
    if (range.read == range.length) {
      lock.lock();
      try {
        ranges.removeFirst();
      } finally {
        lock.unlock();
      }
      consumed.accept(range);
    }
    return n;
  }

  private Range await(int bytes) {
    lock.lock();
    try {
      while (true) {
        if (failure != null) {
          throw failure;
        }
        Range range = ranges.peekFirst();
        if (range != null && range.arrived() - range.read >= Math.min(bytes, range.length)) {
          return range;
        }
        // Bounded: each request ends in bounded time, and wakes us.
        arrival.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "pull " + blob + ": interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private void fail(SluiceException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      ended = true;
      arrival.signal();
    } finally {
      lock.unlock();
    }
  }

  /** The reader is to stop; what comes from now on is dropped. */
  void cancel(SluiceException reason) {
    fail(reason);
  }

  /** The request for a range has ended: if nobody reads, nobody will touch it any more. */
  private void settle(Range range) {
    boolean left;
    lock.lock();
    try {
      range.settled = true;
      left = closed && ranges.remove(range);
    } finally {
      lock.unlock();
    }
    if (left) {
      consumed.accept(range);
    }
  }

  /** Nobody reads any more: gives back what has not been read. */
  void close() {
    List<Range> left;
    lock.lock();
    try {
      ended = true;
      closed = true;
      left = ranges.stream().filter(range -> range.settled).toList();
      ranges.removeAll(left);
    } finally {
      lock.unlock();
    }
    left.forEach(consumed);
  }
}
