package dev.sluice.snapshot;

import static dev.sluice.failure.FailureKind.NOT_FOUND;
import static dev.sluice.failure.FailureKind.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Lazy snapshots after a restart. */
final class RestorationTest extends LazySnapshots {
  @Test
  void lazyLayersAreShownAgainParentsFirst() throws IOException {
    String parent = "";
    for (int i = 0; i < 30; i++) {
      parent = bring("l" + i, parent);
    }
    prepare("c", parent, Map.of());
    List<MountSpec> before = snapshotter.mounts("c");
    restart();
    assertThat(layers.restored).hasSize(30).isSorted();
    assertThat(snapshotter.mounts("c")).isEqualTo(before);
  }

  @Test
  void aLayerThatCouldNotBeShownIsTriedAgainWhenNeeded() throws IOException {
    String base = bring("a", "");
    String top = bring("b", base);
    prepare("c", top, Map.of());
    restart(record("a"));
    assertThat(layers.restored).isEmpty();
    fails(UNAVAILABLE, () -> snapshotter.mounts("c"));
    fails(UNAVAILABLE, () -> snapshotter.view("v", top, Map.of()));
    fails(UNAVAILABLE, () -> prepare("d", top, Map.of()));
    fails(NOT_FOUND, () -> snapshotter.stat("d"));
    assertThat(snapshotter.list(List.of())).hasSize(3);
    layers.unreachable.clear();
    snapshotter.mounts("c");
    assertThat(layers.restored).isSorted().hasSize(2);
  }

  @Test
  void whatIsRemovedIsForgotten() throws IOException {
    String base = bring("a", "");
    long id = snapshotter.stat(base).id();
    snapshotter.remove(base);
    assertThat(layers.forgotten).containsExactly(id);
    restart();
    assertThat(layers.restored).isEmpty();
    assertThat(snapshotter.list(List.of())).isEmpty();
  }

  @Test
  void layersAreOpenedAtOnceAndContainerdIsAnsweredMeanwhile() throws Exception {
    String base = bring("a", "");
    String top = bring("b", base);
    String other = bring("c", "");
    stop();
    CountDownLatch inside = new CountDownLatch(3);
    CountDownLatch go = new CountDownLatch(1);
    start();
    layers.reopening =
        record -> {
          inside.countDown();
          if (!record.equals(record("c"))) {
            awaitUninterruptibly(go);
          }
        };
    CompletableFuture<Void> all = snapshotter.restoreAll();
    assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
    // One that is there can be used, also while others are not.
    assertThat(prepare("of-c", other, Map.of())).isNotEmpty();
    assertThat(snapshotter.stat(top).kind()).isEqualTo(SnapshotKind.COMMITTED);
    // One that is not is waited for.
    CompletableFuture<List<MountSpec>> waiting =
        CompletableFuture.supplyAsync(() -> prepare("of-b", top, Map.of()));
    CompletableFuture<Void> removing = CompletableFuture.runAsync(() -> snapshotter.remove(top));
    assertThat(all).isNotDone();
    assertThat(waiting).isNotDone();
    go.countDown();
    assertThat(waiting.handle((mounts, _) -> mounts)).succeedsWithin(Duration.ofSeconds(10));
    assertThat(all).succeedsWithin(Duration.ofSeconds(10));
    removing.exceptionally(_ -> null).join();
    // Whoever came first: what is removed is not shown, and what is used is there.
    boolean removed = !removing.isCompletedExceptionally();
    assertThat(removed).isEqualTo(waiting.isCompletedExceptionally());
    int shown = layers.restored.size() - layers.forgotten.size();
    assertThat(shown).isEqualTo(removed ? 2 : 3);
  }
}
