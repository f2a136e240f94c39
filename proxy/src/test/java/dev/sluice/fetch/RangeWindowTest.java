package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RangeWindowTest {
  private static final long TRIP = 20_000_000;

  private final RangeWindow window = new RangeWindow();
  private long now = 1_000_000_000;

  private void bring(int ranges, long firstByte, boolean wasFull) {
    for (int i = 0; i < ranges; i++) {
      now += TRIP;
      window.brought(firstByte, TRIP, wasFull, now);
    }
  }

  @Test
  void itGrowsByOneForEachWindowThatWentWell_upToTheMost() {
    bring(RangeWindow.START, TRIP, true);
    assertThat(window.size()).isEqualTo(RangeWindow.START + 1);
    bring(RangeWindow.START, TRIP, true);
    assertThat(window.size()).isEqualTo(RangeWindow.START + 1);
    bring(1000, TRIP, true);
    assertThat(window.size()).isEqualTo(RangeWindow.MOST);
  }

  @Test
  void itDoesNotGrowWhileItKeepsNobodyWaiting() {
    bring(1000, TRIP, false);
    assertThat(window.size()).isEqualTo(RangeWindow.START);
  }

  @Test
  void slowAnswersHalveIt_oncePerRoundTrip() {
    window.brought(6 * TRIP, TRIP, true, now);
    window.brought(6 * TRIP, TRIP, true, now + 1);
    assertThat(window.size()).isEqualTo(RangeWindow.START / 2);
    now += 10 * TRIP;
    window.brought(6 * TRIP, TRIP, true, now);
    assertThat(window.size()).isEqualTo(RangeWindow.START / 4);
  }

  @Test
  void trouble_neverEndsIt_andItComesBack() {
    for (int i = 0; i < 10; i++) {
      now += 10 * TRIP;
      window.troubled(TRIP, now);
    }
    assertThat(window.size()).isEqualTo(RangeWindow.LEAST);
    bring(3, TRIP, true);
    assertThat(window.size()).isEqualTo(3);
  }
}
