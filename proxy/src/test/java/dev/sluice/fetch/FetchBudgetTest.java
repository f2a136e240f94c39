package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchBudgetTest {
  private final FetchBudget budget = new FetchBudget(100);
  private final List<String> started = new ArrayList<>();

  private void ask(Lane lane, long bytes, String name) {
    budget.acquire(lane, bytes, () -> started.add(name));
  }

  @Test
  void whatFitsStartsAtOnce() {
    ask(Lane.BACKGROUND, 60, "a");
    ask(Lane.DEMAND, 40, "b");
    assertThat(started).containsExactly("a", "b");
    assertThat(budget.used()).isEqualTo(100);
  }

  @Test
  void theMostUrgentLaneGoesFirst() {
    ask(Lane.DEMAND, 100, "running");
    ask(Lane.BACKGROUND, 50, "background");
    ask(Lane.HINT, 50, "hint");
    ask(Lane.DEMAND, 50, "demand");
    assertThat(started).containsExactly("running");
    budget.release(100);
    assertThat(started).containsExactly("running", "demand", "hint");
    budget.release(50);
    assertThat(started).containsExactly("running", "demand", "hint", "background");
  }

  @Test
  void aSmallLateOneDoesNotPassAnUrgentOneThatWaits() {
    ask(Lane.DEMAND, 90, "running");
    ask(Lane.DEMAND, 50, "waits");
    ask(Lane.BACKGROUND, 5, "small");
    assertThat(started).containsExactly("running");
  }

  @Test
  void oneLargerThanTheBudgetGoesAlone() {
    ask(Lane.DEMAND, 10, "a");
    ask(Lane.DEMAND, 1000, "giant");
    assertThat(started).containsExactly("a");
    budget.release(10);
    assertThat(started).containsExactly("a", "giant");
    ask(Lane.DEMAND, 1, "b");
    assertThat(started).hasSize(2);
    budget.release(1000);
    assertThat(started).containsExactly("a", "giant", "b");
  }

  @Test
  void whatIsPromotedGoesBeforeItsOldLane() {
    ask(Lane.DEMAND, 100, "running");
    ask(Lane.HINT, 60, "hint");
    Runnable promoted = () -> started.add("promoted");
    budget.acquire(Lane.BACKGROUND, 60, promoted);
    budget.promote(promoted, Lane.DEMAND);
    budget.release(100);
    assertThat(started).containsExactly("running", "promoted");
  }

  @Test
  void everyRequestStartsOnceAndTheBoundHolds() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      FetchBudget bounded = new FetchBudget(100);
      List<Long> running = new ArrayList<>();
      int[] starts = {0};
      int asked = 100;
      for (int i = 0; i < asked; i++) {
        long bytes = random.nextLong(1, 61);
        bounded.acquire(
            List.of(Lane.DEMAND, Lane.HINT, Lane.BACKGROUND).get(random.nextInt(3)),
            bytes,
            () -> {
              starts[0]++;
              running.add(bytes);
            });
        assertThat(bounded.used()).as("seed %d", seed).isLessThanOrEqualTo(100);
        if (random.nextBoolean() && !running.isEmpty()) {
          bounded.release(running.removeLast());
        }
      }
      while (!running.isEmpty()) {
        bounded.release(running.removeFirst());
      }
      assertThat(starts[0]).as("seed %d", seed).isEqualTo(asked);
      assertThat(bounded.used()).isZero();
    }
  }
}
