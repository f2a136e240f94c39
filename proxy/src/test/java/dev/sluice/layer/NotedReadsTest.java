package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.FetchTimes;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Records of reads are few, whatever happens. */
final class NotedReadsTest {
  private static final long SEED = 77;

  private static ReadWait wait(long nanos, String failure) {
    return new ReadWait(Instant.EPOCH, "l", 1, 0, 1, Duration.ofNanos(nanos), null, failure);
  }

  @Test
  void theSlowestOfManyAreKeptAndNoMore() {
    NotedReads noted = new NotedReads(8);
    long[] waits = new Random(SEED).longs(10_000, 1, 1_000_000).toArray();
    for (long nanos : waits) {
      if (noted.isSlow(nanos)) {
        noted.slow(wait(nanos, null));
      }
    }
    assertThat(noted.slowest().stream().map(each -> each.waited().toNanos()))
        .as("seed %d", SEED)
        .isEqualTo(
            LongStream.of(waits)
                .boxed()
                .sorted(java.util.Comparator.reverseOrder())
                .limit(8)
                .toList());
  }

  @Test
  void theLastFailuresAreKeptAndNoMore() {
    NotedReads noted = new NotedReads(3);
    for (int i = 0; i < 100; i++) {
      noted.failed(wait(i, "cause " + i));
    }
    assertThat(noted.lastFailures().stream().map(ReadWait::failure))
        .containsExactly("cause 97", "cause 98", "cause 99");
    assertThat(NotedReads.brief("x".repeat(100_000))).hasSizeLessThan(510);
  }

  @Test
  void whoCameLateWaitedOnlyForTheRest() {
    FetchTimes times = new FetchTimes(100, 50, 20, 5);
    assertThat(times.last(1000)).isEqualTo(times);
    assertThat(times.last(60)).isEqualTo(new FetchTimes(0, 35, 20, 5));
    assertThat(times.last(3)).isEqualTo(new FetchTimes(0, 0, 0, 3));
    assertThat(times.last(-1)).isEqualTo(new FetchTimes(0, 0, 0, 0));
  }
}
