package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class LinkEstimateTest {
  private static final long MILLI = 1_000_000;
  private static final long RATE = 125_000_000;

  private final LinkEstimate link = new LinkEstimate();
  private long now = TimeUnit.HOURS.toNanos(1);

  /** Bytes at a rate, in pieces of 64 KiB. */
  private void flow(long bytesPerSecond, long millis, long underWay) {
    long step = (long) ((64 << 10) * 1e9 / bytesPerSecond);
    for (long end = now + millis * MILLI; now < end; ) {
      now += step;
      link.received(64 << 10, underWay, now);
    }
  }

  @Test
  void theRoundTripIsTheShortestFirstByteOfLate() {
    for (int i = 0; i < 100; i++) {
      now += 10 * MILLI;
      link.firstByte((i == 50 ? 20 : 90) * MILLI, now);
    }
    assertThat(link.roundTrip()).isEqualTo(20 * MILLI);
    for (int i = 0; i < 100; i++) {
      now += 1000 * MILLI;
      link.firstByte(40 * MILLI, now);
    }
    assertThat(link.roundTrip()).as("the way has become longer").isEqualTo(40 * MILLI);
  }

  @Test
  void theRateIsThatOfAFullPipe() {
    link.firstByte(20 * MILLI, now);
    link.busy(now);
    flow(RATE, 2000, 8 << 20);
    assertThat(link.bytesPerSecond()).isCloseTo(RATE, Percentage.withPercentage(5));
    assertThat(link.roundTripBytes()).isCloseTo(RATE / 50, within(RATE / 500));
    flow(RATE / 10, 2000, 1000);
    assertThat(link.bytesPerSecond())
        .as("little was asked for: that says nothing")
        .isCloseTo(RATE, Percentage.withPercentage(5));
    flow(RATE / 10, 2000, 8 << 20);
    assertThat(link.bytesPerSecond())
        .as("the link has become slower")
        .isCloseTo(RATE / 10, Percentage.withPercentage(5));
  }

  @Test
  void oneBurstIsNotTheRate() {
    link.busy(now);
    flow(RATE, 500, 8 << 20);
    flow(20 * RATE, 60, 8 << 20);
    flow(RATE, 60, 8 << 20);
    assertThat(link.bytesPerSecond()).isLessThan(3 * RATE);
  }

  @Test
  void whatIsUsualIsKnownAfterSomeFirstBytes() {
    for (int i = 0; i < 15; i++) {
      link.firstByte(10 * MILLI, now);
    }
    assertThat(link.usualFirstByte()).isZero();
    for (int i = 0; i < 85; i++) {
      link.firstByte(i % 10 == 0 ? 80 * MILLI : 10 * MILLI, now);
    }
    assertThat(link.usualFirstByte()).isEqualTo(80 * MILLI);
    for (int i = 0; i < 64; i++) {
      link.firstByte(i == 7 ? 500 * MILLI : 10 * MILLI, now);
    }
    assertThat(link.usualFirstByte()).as("one outlier is not").isEqualTo(10 * MILLI);
  }
}
