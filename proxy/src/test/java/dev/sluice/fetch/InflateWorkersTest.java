package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class InflateWorkersTest {
  private final InflateWorkers workers = new InflateWorkers(2);
  private final CountDownLatch held = new CountDownLatch(1);
  private final List<String> done = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    held.countDown();
    workers.close();
  }

  private void hold() {
    try {
      if (!held.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("held for ever");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void note(Lane lane, String name) {
    note(workers, lane, name);
  }

  private void note(InflateWorkers by, Lane lane, String name) {
    assertThat(by.execute(lane, name, () -> done.add(name))).isTrue();
  }

  @Test
  void oneThreadIsNeverTheBackgrounds() {
    for (int i = 0; i < 4; i++) {
      workers.execute(Lane.BACKGROUND, "held", this::hold);
    }
    note(Lane.DEMAND, "demand");
    Awaitility.await().until(() -> done.contains("demand"));
  }

  @Test
  void theMostUrgentLaneGoesFirst_alsoOfWhatIsPromoted() {
    InflateWorkers one = new InflateWorkers(1);
    one.execute(Lane.DEMAND, "held", this::hold);
    note(one, Lane.BACKGROUND, "background");
    note(one, Lane.BACKGROUND, "promoted");
    note(one, Lane.HINT, "hint");
    note(one, Lane.DEMAND, "demand");
    one.promote("promoted", Lane.DEMAND);
    held.countDown();
    Awaitility.await().until(() -> done.size() == 4);
    one.close();
    assertThat(done).containsExactly("demand", "promoted", "hint", "background");
  }

  @Test
  void whatNobodyWaitsForWaits_asLongAsAnyonePrecedes() {
    InflateWorkers.Precedence one = workers.precede();
    InflateWorkers.Precedence other = workers.precede();
    note(Lane.HINT, "hint");
    note(Lane.BACKGROUND, "background");
    note(Lane.HINT, "promoted");
    note(Lane.DEMAND, "demand");
    workers.promote("promoted", Lane.DEMAND);
    Awaitility.await().until(() -> done.containsAll(List.of("demand", "promoted")));

    one.close();
    one.close(); // twice is once
    note(Lane.DEMAND, "later");
    Awaitility.await().until(() -> done.contains("later"));
    assertThat(done).doesNotContain("hint", "background");

    other.close();
    Awaitility.await().until(() -> done.containsAll(List.of("hint", "background")));
  }

  @Test
  void aTaskThatThrowsEndsNoThread() {
    for (int i = 0; i < 4; i++) {
      workers.execute(
          Lane.DEMAND,
          "throws",
          () -> {
            throw new IllegalStateException("for the test");
          });
    }
    note(Lane.BACKGROUND, "after");
    Awaitility.await().until(() -> done.contains("after"));
  }

  @Test
  void closedWorkersTakeNothing() {
    workers.close();
    assertThat(workers.execute(Lane.DEMAND, "late", () -> done.add("late"))).isFalse();
  }
}
