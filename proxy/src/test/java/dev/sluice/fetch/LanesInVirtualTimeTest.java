package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.Compression;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How long demand reads of one image wait while another one is filled, in virtual time: the real
 * scheduler over a link that is played, so that the same seed gives the same times on any machine.
 */
final class LanesInVirtualTimeTest {
  private static final long SEED = 1;
  private static final int READERS = 3;
  private static final int READS = 300;
  private static final double MOST = 1.2;

  /**
   * @param waits of the readers, in milliseconds
   * @param filled bytes of the other image that came meanwhile
   */
  private record Outcome(List<Double> waits, long filled, double seconds) {
    double at(int percent) {
      List<Double> sorted = waits.stream().sorted().toList();
      return sorted.get(Math.ceilDiv(sorted.size() * percent, 100) - 1);
    }

    double filledPerSecond() {
      return filled / seconds;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "p50 %.1f ms, p99 %.1f ms, most %.1f ms, filled %.1f MB/s",
          at(50),
          at(99),
          at(100),
          filledPerSecond() / 1e6);
    }
  }

  /** {@code pause} is that of each of three readers between two reads, on average. */
  @ParameterizedTest(name = "{0} ms, {1} Mbit/s, a pause of {2} ms, spans of {3} KiB")
  @CsvSource({
    "20, 1000, 30, 256",
    "20, 1000, 600, 256",
    "20, 1000, 600, 4096",
    "100, 200, 30, 1024",
    "100, 200, 600, 1024",
    "1, 10000, 30, 256",
    "1, 1000, 100, 256"
  })
  void aFillOfOneImageDoesNotSlowDemandReadsOfAnother(
      int roundTrip, long megabits, int pause, int span) throws IOException {
    SampleLayer sample = sample(span);
    Outcome alone = new World(sample, roundTrip, megabits).read(READS, pause, null);
    Outcome beside = new World(sample, roundTrip, megabits).read(READS, pause, Lane.BACKGROUND);
    assertThat(beside.at(99))
        .as("p99; alone: %s; beside a fill: %s; seed %d", alone, beside, SEED)
        .isLessThanOrEqualTo(MOST * alone.at(99));
    assertThat(beside.filledPerSecond())
        .as("the fill goes on")
        .isGreaterThan(megabits * 1e6 / 8 / 200);
  }

  /** What the test above would see if there were no lanes. */
  @Test
  void aFillInTheDemandLaneWouldSlowThem() throws IOException {
    SampleLayer sample = sample(256);
    Outcome alone = new World(sample, 20, 1000).read(100, 30, null);
    Outcome beside = new World(sample, 20, 1000).read(100, 30, Lane.DEMAND);
    assertThat(beside.at(99)).isGreaterThan(MOST * alone.at(99));
  }

  @Test
  void whenAllIsStillTheFillHasTheLink() throws IOException {
    Outcome alone = new World(sample(1024), 20, 1000).read(3, 4000, Lane.BACKGROUND);
    assertThat(alone.filledPerSecond()).isGreaterThan(0.5 * 1e9 / 8);
  }

  private static SampleLayer sample(int spanKib) throws IOException {
    return SampleLayer.make(SEED, 400, Compression.UNCOMPRESSED, (long) spanKib << 10);
  }

  /** A link, a scheduler, and readers. */
  private static final class World {
    private static final int FILLS = 4;
    private static final int RUN_BYTES = 8 << 20;

    private final InflateWorkers workers = new InflateWorkers(1);
    private final SampleLayer sample;
    private final VirtualLink link;
    private final FetchScheduler scheduler;
    private final List<Double> waits = new ArrayList<>();
    private long filled;

    World(SampleLayer sample, int roundTripMillis, long megabits) {
      this.sample = sample;
      link = new VirtualLink(roundTripMillis, megabits * 1_000_000, this::settle);
      scheduler = new FetchScheduler(256L << 20, new FetchStats(), link::now, link);
    }

    /** Waits until all spans that have come are inflated: they go before this. */
    private void settle() {
      CountDownLatch idle = new CountDownLatch(1);
      workers.execute(Lane.BACKGROUND, this, idle::countDown);
      try {
        assertThat(idle.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    private SpanOrigin image() {
      return new SpanOrigin(sample.ztoc().spans(), link.blob(sample.blob()), scheduler, workers);
    }

    /**
     * Reads one image, and fills another one without end.
     *
     * @param pause between the end of a read and the next one of the same reader, on average
     * @param fill the lane of the fill, null: nothing is filled
     */
    Outcome read(int reads, int pause, @Nullable Lane fill) {
      try (workers;
          scheduler) {
        for (int reader = 0; reader < READERS; reader++) {
          pause(new Random(SEED * READERS + reader), image(), pause);
        }
        for (int i = 0; fill != null && i < FILLS; i++) {
          fill(image(), fill, 0);
        }
        long begun = link.now();
        link.runUntil(() -> waits.size() >= reads);
        return new Outcome(List.copyOf(waits), filled, (link.now() - begun) / 1e9);
      }
    }

    private void pause(Random random, SpanOrigin image, int millis) {
      double nanos = -Math.log(1 - random.nextDouble()) * millis * 1e6;
      link.after((long) nanos, () -> readNext(random, image, millis));
    }

    private void readNext(Random random, SpanOrigin image, int millis) {
      int span = random.nextInt(sample.ztoc().spans().count());
      long asked = link.now();
      image.fetch(
          span,
          span,
          Lane.DEMAND,
          sink(_ -> {
            waits.add((link.now() - asked) / 1e6);
            pause(random, image, millis);
          }));
    }

    /** Some spans, then the next ones, from the beginning again after the last. */
    private void fill(SpanOrigin image, Lane lane, int at) {
      int count = sample.ztoc().spans().count();
      int first = at < count ? at : 0;
      int last =
          (int) Math.min(count - 1, first + RUN_BYTES / sample.ztoc().spans().spanSize() - 1);
      int[] left = {last - first + 1};
      image.fetch(
          first,
          last,
          lane,
          sink(bytes -> {
            filled += bytes;
            left[0]--;
            if (left[0] == 0) {
              fill(image, lane, last + 1);
            }
          }));
    }

    /** Takes how many bytes have come. */
    private interface Arrival {
      void bytes(int count);
    }

    private static Origin.Sink sink(Arrival arrival) {
      return new Origin.Sink() {
        @Override
        public void arrived(int chunk, VerifiedChunk bytes) {
          int length = bytes.length();
          bytes.release();
          arrival.bytes(length);
        }

        @Override
        public void failed(int chunk, Throwable cause) {
          // The world ends while a fill is on its way.
          if (SluiceException.kindOf(cause) != FailureKind.CANCELLED) {
            throw new AssertionError("span " + chunk, cause);
          }
        }
      };
    }
  }
}
