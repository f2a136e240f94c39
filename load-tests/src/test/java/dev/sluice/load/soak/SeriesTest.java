package dev.sluice.load.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is called flat. */
final class SeriesTest {
  private final Series series = new Series("descriptors", 8);

  @Test
  void whatRisesAtFirstAndStays_isFlat() {
    for (int i = 0; i < 90; i++) {
      series.add(i, Math.min(i, 30));
    }
    assertThat(series.rise()).isBetween(-0.001, 1.0);
    assertThat(series.isFlat()).isTrue();
    assertThat(series.verdict())
        .contains("0.0 at first")
        .contains("30.0 at last")
        .endsWith(": flat");
  }

  @Test
  void aLeakOfOneInFiveRounds_isSeenThroughNoise() {
    Random random = new Random(1);
    for (int i = 0; i < 90; i++) {
      series.add(i, 100 + i / 5.0 + random.nextInt(10));
    }
    assertThat(series.isFlat()).isFalse();
    assertThat(series.verdict()).endsWith(": NOT FLAT");
  }

  @Test
  void noiseIsNoLeak() {
    Random random = new Random(2);
    for (int i = 0; i < 90; i++) {
      series.add(i, 100 + random.nextInt(10));
    }
    assertThat(series.isFlat()).isTrue();
  }

  @Test
  void oneRoundSaysNothing() {
    series.add(0, 1000);
    assertThat(series.isFlat()).isTrue();
  }
}
