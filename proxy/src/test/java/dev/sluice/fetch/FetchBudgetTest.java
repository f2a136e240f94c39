package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import org.junit.jupiter.api.Test;

final class FetchBudgetTest {
  private final FetchBudget budget = new FetchBudget(100);

  @Test
  void whatFitsIsTaken_andGivenBack() {
    assertThat(budget.tryAcquire(Lane.DEMAND, 60)).isTrue();
    assertThat(budget.tryAcquire(Lane.DEMAND, 41)).isFalse();
    assertThat(budget.tryAcquire(Lane.DEMAND, 40)).isTrue();
    assertThat(budget.used()).isEqualTo(100);
    budget.release(60);
    assertThat(budget.used()).isEqualTo(40);
  }

  @Test
  void lowerLanesLeaveRoomForDemand() {
    assertThat(budget.tryAcquire(Lane.BACKGROUND, 50)).isTrue();
    assertThat(budget.tryAcquire(Lane.BACKGROUND, 1)).isFalse();
    assertThat(budget.tryAcquire(Lane.HINT, 25)).isTrue();
    assertThat(budget.tryAcquire(Lane.HINT, 1)).isFalse();
    assertThat(budget.tryAcquire(Lane.DEMAND, 25)).isTrue();
    assertThat(budget.tryAcquire(Lane.DEMAND, 1)).isFalse();
  }

  @Test
  void oneLargerThanItsPartGoesAlone() {
    assertThat(budget.tryAcquire(Lane.DEMAND, 1)).isTrue();
    assertThat(budget.tryAcquire(Lane.BACKGROUND, 1000)).isFalse();
    budget.release(1);
    assertThat(budget.tryAcquire(Lane.BACKGROUND, 1000)).isTrue();
    assertThat(budget.tryAcquire(Lane.DEMAND, 1)).isFalse();
    budget.release(1000);
    assertThat(budget.used()).isZero();
  }
}
