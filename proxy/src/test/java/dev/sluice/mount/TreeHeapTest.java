package dev.sluice.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much heap the names of all layers may take. */
@Timeout(30)
final class TreeHeapTest {
  private final TreeHeap heap = new TreeHeap(1000);

  @Test
  void whatIsOpenTakesWhatItKeeps_untilItIsClosed() {
    TreeHeap.Share one = heap.open(800, "one", false);
    assertThat(heap.used()).isEqualTo(800);
    one.opened(100);
    TreeHeap.Share other = heap.open(800, "other", false);
    other.opened(200);
    assertThat(heap.used()).isEqualTo(300);
    one.close();
    one.close();
    assertThat(heap.used()).isEqualTo(200);
    other.close();
    assertThat(heap.used()).isZero();
  }

  @Test
  void layersThatAreOpenedAtOnceWaitForEachOther() throws Exception {
    TreeHeap.Share first = heap.open(800, "first", false);
    Thread[] waits = {null};
    CompletableFuture<TreeHeap.Share> second = new CompletableFuture<>();
    waits[0] = Thread.ofPlatform().start(() -> second.complete(heap.open(800, "second", false)));
    Awaitility.await().until(() -> waits[0].getState() == Thread.State.TIMED_WAITING);
    assertThat(heap.used()).isEqualTo(800);
    first.opened(200);
    assertThat(second.get(10, TimeUnit.SECONDS)).isNotNull();
    assertThat(heap.used()).isEqualTo(1000);
  }

  @Test
  void oneThatFailsGivesItsShareBack() {
    heap.open(1000, "broken", false).close();
    assertThat(heap.used()).isZero();
    heap.open(1000, "next", false).close();
  }

  @Test
  void whenLayersHaveItAll_theNextIsRefused_andANodeIsNotBroughtDown() {
    heap.open(900, "large", false).opened(900);
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(() -> heap.open(200, "one more", false))
        .satisfies(e -> {
          assertThat(e.kind()).isEqualTo(FailureKind.EXHAUSTED);
          assertThat(e).hasMessageContaining("one more").hasMessageContaining("bound");
          assertThat(e.advice()).contains("-Xmx");
        });
    heap.open(100, "small", false).close();
    heap.open(200, "was there before the restart", true).opened(50);
    assertThat(heap.used()).isEqualTo(950);
  }

  @Test
  void oneThatClaimsMoreThanThereIs_goesAlone() {
    TreeHeap.Share all = heap.open(1_000_000, "huge", false);
    assertThat(heap.used()).isEqualTo(1000);
    all.opened(2000);
    assertThat(heap.used()).isEqualTo(1000);
    all.close();
    assertThat(heap.used()).isZero();
  }
}
