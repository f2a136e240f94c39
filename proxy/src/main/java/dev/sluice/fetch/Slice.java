package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.registry.RangeTerms;
import io.vertx.core.AsyncResult;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One range request of a transfer: the bytes {@code [from, to)} of its blob. If their first byte is
 * late they may be asked for a second time; who sends first, wins, and the other is cut off.
 */
final class Slice {
  private static final long REPORT_BYTES = 256 << 10;

  private final FetchScheduler scheduler;
  private final HostQueue host;
  private final Transfer transfer;
  private final long from;
  private final long to;
  private final Consumer<Buffer> sink;
  private final List<Attempt> attempts = new ArrayList<>(1);

  /** Guarded by the scheduler: a promotion changes it. */
  private Lane lane;

  // Guarded by this.
  private @Nullable Attempt winner;
  private int running;
  private boolean ended;

  private long startNanos;
  private volatile long received;
  private volatile long firstByteNanos = -1;

  // Only by the winner.
  private long counted;
  private long reported;

  Slice(
      FetchScheduler scheduler,
      HostQueue host,
      Transfer transfer,
      Lane lane,
      long from,
      long to,
      Consumer<Buffer> sink) {
    this.scheduler = scheduler;
    this.host = host;
    this.transfer = transfer;
    this.lane = lane;
    this.from = from;
    this.to = to;
    this.sink = sink;
  }

  HostQueue host() {
    return host;
  }

  Transfer transfer() {
    return transfer;
  }

  long from() {
    return from;
  }

  long to() {
    return to;
  }

  Lane lane() {
    return lane;
  }

  void lane(Lane other) {
    lane = other;
  }

  /** Bytes that are still to come. */
  long left() {
    return to - from - received;
  }

  /** How long the first byte took; -1 if there was none. */
  long firstByteNanos() {
    return firstByteNanos;
  }

  void start() {
    startNanos = scheduler.nanos();
    ask(false, lane);
  }

  /** Asks once more if no byte has come yet; whether it did. */
  boolean hedge() {
    synchronized (this) {
      if (winner != null || ended || attempts.size() > 1) {
        return false;
      }
    }
    ask(true, Lane.DEMAND);
    return true;
  }

  private void ask(boolean elsewhere, Lane terms) {
    Attempt attempt = new Attempt();
    synchronized (this) {
      if (ended) {
        return;
      }
      attempts.add(attempt);
      running++;
    }
    BlobSource blob = transfer.origin().blob();
    blob.range(
            from,
            to,
            new RangeTerms(
                terms,
                elsewhere,
                attempt.abandoned.future(),
                kind -> scheduler.setback(host, kind)),
            attempt)
        .onComplete(attempt::ended);
  }

  /** One of the requests for these bytes. */
  private final class Attempt implements Consumer<Buffer> {
    private final Promise<Void> abandoned = Promise.promise();

    @Override
    public void accept(Buffer bytes) {
      if (!leads()) {
        return;
      }
      if (firstByteNanos < 0) {
        firstByteNanos = scheduler.nanos() - startNanos;
        scheduler.begun(Slice.this);
      }
      sink.accept(bytes);
      counted += bytes.length();
      received = counted;
      long unreported = counted - reported;
      if (unreported >= REPORT_BYTES || counted == to - from) {
        reported = counted;
        scheduler.received(Slice.this, unreported);
      }
    }

    private boolean leads() {
      List<Attempt> losers;
      synchronized (Slice.this) {
        if (winner != null || ended) {
          return winner == this;
        }
        winner = this;
        losers = attempts.stream().filter(other -> other != this).toList();
      }
      losers.forEach(loser -> loser.abandoned.tryComplete());
      return true;
    }

    private void ended(AsyncResult<Void> result) {
      synchronized (Slice.this) {
        running--;
        boolean decides = winner == this || (winner == null && (running == 0 || !result.failed()));
        if (ended || !decides) {
          return;
        }
        ended = true;
      }
      for (Attempt other : List.copyOf(attempts)) {
        if (other != this) {
          other.abandoned.tryComplete();
        }
      }
      Throwable failure = result.failed() ? result.cause() : null;
      if (failure == null && left() > 0) {
        failure =
            new SluiceException(
                FailureKind.CORRUPT,
                "fetch bytes [%d, %d) of %s: the answer ended early"
                    .formatted(from, to, transfer.origin().blob()));
      }
      scheduler.ended(Slice.this, failure);
    }
  }
}
