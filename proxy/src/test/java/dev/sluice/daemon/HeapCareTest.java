package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When the heap is collected, by what it holds in MiB. */
final class HeapCareTest {
  private final HeapCare.Judge judge = new HeapCare.Judge();

  @Test
  void aHeapThatHasDoubledIsCollected_howeverBusyTheServiceIs() {
    judge.collected(mib(15), mib(30));
    assertThat(isDue(80, 100)).isFalse();
    assertThat(isDue(40, 123)).isFalse();
    assertThat(isDue(90, 124)).as("in the middle of what made it grow").isFalse();
    assertThat(isDue(70, 124)).isTrue();
  }

  @Test
  void whatLivesIsNotCollectedAgainAndAgain() {
    judge.collected(mib(200), mib(260));
    assertThat(isDue(390, 500)).isFalse();
  }

  @Test
  void whatWasUsedOnceIsCollectedWhenNothingGoesOn() {
    judge.collected(mib(15), mib(30));
    assertThat(isDue(60, 70)).isFalse();
    for (int i = 0; i < 5; i++) {
      assertThat(isDue(60, 70)).as("look %d", i).isFalse();
    }
    assertThat(isDue(60, 70)).isTrue();
    judge.collected(mib(15), mib(30));
    for (int i = 0; i < 100; i++) {
      assertThat(isDue(15 + i % 8, 30)).as("look %d", i).isFalse();
    }
  }

  @Test
  void whoIsBusyIsLeftAlone() {
    judge.collected(mib(15), mib(30));
    for (int i = 0; i < 100; i++) {
      assertThat(isDue(40 + i % 2 * 5, 70)).as("look %d", i).isFalse();
    }
  }

  @Test
  void oneCollectionAtATime() {
    judge.collected(mib(15), mib(30));
    assertThat(isDue(90, 200)).isFalse();
    assertThat(isDue(60, 200)).isTrue();
    assertThat(isDue(90, 200)).isFalse();
    assertThat(isDue(60, 200)).isFalse();
  }

  private boolean isDue(long used, long committed) {
    return judge.isDue(mib(used), mib(committed));
  }

  private static long mib(long count) {
    return count << 20;
  }
}
