package dev.sluice.fetch;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.registry.RangeTerms;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A registry behind a link, and time itself: things happen in the order of their times, and nothing
 * takes time but the link. All answers share its rate, in turns of {@link #TURN} bytes; a request
 * and each turn need half a round trip to cross it.
 */
final class VirtualLink implements Timers {
  private static final int TURN = 64 << 10;

  private final long oneWayNanos;
  private final double nanosPerByte;
  private final Runnable settle;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Deque<Answer> answers = new ArrayDeque<>();
  private long now = 1_000_000_000_000L;
  private long numbers;
  private boolean sending;

  private record Event(long time, long number, Runnable happens) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /**
   * @param settle run after each arrival: waits until threads have done what it gave them
   */
  VirtualLink(long roundTripMillis, long bitsPerSecond, Runnable settle) {
    this.oneWayNanos = roundTripMillis * 1_000_000 / 2;
    this.nanosPerByte = 8e9 / bitsPerSecond;
    this.settle = settle;
  }

  long now() {
    return now;
  }

  @Override
  public void after(long nanos, Runnable task) {
    events.add(new Event(now + nanos, numbers++, task));
  }

  @Override
  public void close() {}

  /** Lets time pass until something is so; fails if nothing more happens. */
  void runUntil(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      Event next = events.poll();
      if (next == null) {
        throw new AssertionError("nothing happens any more");
      }
      now = next.time;
      next.happens.run();
    }
  }

  BlobSource blob(byte[] bytes) {
    return new Blob(bytes);
  }

  private void send() {
    Answer answer = answers.pollFirst();
    if (answer == null) {
      sending = false;
      return;
    }
    sending = true;
    int count = (int) Math.min(TURN, answer.to - answer.at);
    long from = answer.at;
    answer.at += count;
    after(
        Math.round(count * nanosPerByte),
        () -> {
          after(
              oneWayNanos,
              () -> {
                answer.arrive(from, count);
                settle.run();
              });
          if (answer.at < answer.to && !answer.abandoned) {
            answers.addLast(answer);
          }
          send();
        });
  }

  /** A range on its way. */
  private final class Answer {
    private final byte[] bytes;
    private final long to;
    private final Consumer<Buffer> sink;
    private final Promise<Void> done = Promise.promise();
    private long at;
    private boolean abandoned;

    Answer(byte[] bytes, long from, long to, Consumer<Buffer> sink) {
      this.bytes = bytes;
      this.at = from;
      this.to = to;
      this.sink = sink;
    }

    void arrive(long from, int count) {
      if (abandoned) {
        return;
      }
      int start = Math.toIntExact(from);
      sink.accept(Buffer.buffer(Arrays.copyOfRange(bytes, start, start + count)));
      if (from + count == to) {
        done.complete();
      }
    }

    void abandon() {
      abandoned = true;
      answers.remove(this);
      done.tryFail(new SluiceException(FailureKind.CANCELLED, "abandoned"));
    }
  }

  private final class Blob implements BlobSource {
    private final byte[] bytes;

    Blob(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public Future<Void> range(long from, long to, Consumer<Buffer> sink) {
      return range(from, to, RangeTerms.DEMAND, sink);
    }

    @Override
    public Future<Void> range(long from, long to, RangeTerms terms, Consumer<Buffer> sink) {
      Answer answer = new Answer(bytes, from, to, sink);
      @Nullable Future<Void> abandoned = terms.abandoned();
      if (abandoned != null) {
        abandoned.onSuccess(_ -> answer.abandon());
      }
      after(
          oneWayNanos,
          () -> {
            answers.addLast(answer);
            if (!sending) {
              send();
            }
          });
      return answer.done.future();
    }

    @Override
    public String host() {
      return "registry";
    }

    @Override
    public String toString() {
      return "blob behind a virtual link";
    }
  }
}
