package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.FetchTimes;
import org.junit.jupiter.api.Test;

final class SpanTimesTest {
  private static FetchTimes times(int n) {
    return new FetchTimes(n, 0, 0, 0);
  }

  @Test
  void theLastTimesAreKnownAndOlderOnesForgotten() {
    SpanTimes times = new SpanTimes();
    assertThat(times.of(0)).isNull();
    for (int span = 0; span < 3 * SpanTimes.KEPT; span++) {
      times.add(span, times(span));
    }
    int first = 2 * SpanTimes.KEPT;
    assertThat(times.of(first - 1)).isNull();
    assertThat(times.of(first)).isEqualTo(times(first));
    times.add(first + 5, times(-1));
    assertThat(times.of(first + 5)).isEqualTo(times(-1));
    assertThat(times.of(first)).isNull();
  }
}
