package dev.sluice.fetch;

import dev.sluice.registry.RangeTerms;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A blob in memory that answers only when the test says so. */
final class HeldBlob implements BlobSource {
  private final String host;
  private final byte[] bytes;
  private final List<Ask> asks = new CopyOnWriteArrayList<>();

  HeldBlob(String host, byte[] bytes) {
    this.host = host;
    this.bytes = bytes;
  }

  /** A range that was asked for. */
  final class Ask {
    final long from;
    final long to;
    final RangeTerms terms;
    private final Consumer<Buffer> sink;
    private final Promise<Void> done = Promise.promise();

    private Ask(long from, long to, RangeTerms terms, Consumer<Buffer> sink) {
      this.from = from;
      this.to = to;
      this.terms = terms;
      this.sink = sink;
    }

    long length() {
      return to - from;
    }

    void answer() {
      send(0, length());
      done.complete();
    }

    /** Sends the bytes {@code [from, to)} of the range. */
    void send(long first, long end) {
      for (long at = first; at < end; at += 64 << 10) {
        int start = Math.toIntExact(from + at);
        int stop = Math.toIntExact(Math.min(from + end, start + (64 << 10)));
        sink.accept(Buffer.buffer(Arrays.copyOfRange(bytes, start, stop)));
      }
    }

    void answerEnd() {
      done.complete();
    }

    void fail(Throwable cause) {
      done.fail(cause);
    }

    boolean answered() {
      return done.future().isComplete();
    }

    @Override
    public String toString() {
      return "[%d, %d) for %s".formatted(from, to, terms.lane());
    }
  }

  List<Ask> asks() {
    return List.copyOf(asks);
  }

  /** Asked for and not answered. */
  List<Ask> open() {
    return asks.stream().filter(ask -> !ask.answered()).toList();
  }

  long openBytes() {
    return open().stream().mapToLong(Ask::length).sum();
  }

  @Override
  public Future<Void> range(long from, long to, Consumer<Buffer> sink) {
    return range(from, to, RangeTerms.DEMAND, sink);
  }

  @Override
  public Future<Void> range(long from, long to, RangeTerms terms, Consumer<Buffer> sink) {
    Ask ask = new Ask(from, to, terms, sink);
    asks.add(ask);
    return ask.done.future();
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public String toString() {
    return "held blob";
  }
}
