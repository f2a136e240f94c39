package dev.sluice.fill;

import dev.sluice.cache.Demand;
import dev.sluice.cache.TarCheck.Verdict;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Computes the digests of layers of which all is here, one layer at a time and slowly. */
final class TarChecks implements AutoCloseable {
  /** Read from disk and digested: a few percent of one CPU, and no disk minds it. */
  private static final long BYTES_PER_SECOND = 256L << 20;

  private static final Duration DEMAND_PAUSE = Duration.ofMillis(250);

  private final Demand demand;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("sluice-fill-check").factory());

  /** Given when this is closed, so that a pause ends. */
  private final Semaphore stopped = new Semaphore(0);

  private volatile boolean closed;

  /**
   * @param reason why not, null if the layer is complete or the check was ended
   */
  record Outcome(Verdict verdict, @Nullable String reason) {}

  TarChecks(Demand demand) {
    this.demand = demand;
  }

  /** Checks a layer later; {@code done} is told on this class's thread. */
  void check(FillLayer layer, BooleanSupplier wanted, Consumer<Outcome> done) {
    thread.execute(() -> done.accept(check(layer, wanted)));
  }

  private Outcome check(FillLayer layer, BooleanSupplier wanted) {
    var digest = layer.diffId().digester();
    int chunks = Math.max(1, layer.bytes().map().count());
    RateLimit rate = new RateLimit(BYTES_PER_SECOND, System.nanoTime());
    long each = layer.bytes().map().size() / chunks;
    try {
      Verdict verdict =
          layer
              .bytes()
              .check(
                  digest,
                  HexFormat.of().parseHex(layer.diffId().hex()),
                  () -> {
                    pause(rate.delay(System.nanoTime()));
                    rate.take(each, System.nanoTime());
                    if (demand.waiting() > 0) {
                      pause(DEMAND_PAUSE);
                    }
                    return !closed && wanted.getAsBoolean();
                  });
      return new Outcome(verdict, verdict == Verdict.WRONG ? wrong(layer) : null);
    } catch (IOException | RuntimeException e) {
      return new Outcome(
          Verdict.INCOMPLETE, "check all of the layer: " + SluiceException.describe(e));
    }
  }

  private static String wrong(FillLayer layer) {
    return "layer %s of %s: its tar is not %s, which the image says it is; the SOCI index is wrong"
        .formatted(layer.layer().digest(), layer.image(), layer.diffId());
  }

  private void pause(Duration time) {
    try {
      if (!closed && time.isPositive()) {
        boolean _ = stopped.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    stopped.release(1 << 20);
    thread.shutdown();
  }
}
