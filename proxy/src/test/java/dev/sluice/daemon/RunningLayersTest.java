package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.snapshot.Snapshot;
import dev.sluice.snapshot.SnapshotKind;
import dev.sluice.snapshot.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunningLayersTest {
  private static final Snapshot.Origin LAZY = new Snapshot.Origin("chain", "record");
  private static final Snapshot.Origin UNPACKED = new Snapshot.Origin("chain", null);

  private static Snapshot snapshot(
      long id, String name, String parent, SnapshotKind kind, Snapshot.@Nullable Origin origin) {
    Instant now = Instant.EPOCH;
    return new Snapshot(id, name, parent, kind, Map.of(), now, now, new Usage(0, 0), origin);
  }

  private static final List<Snapshot> IMAGES =
      List.of(
          snapshot(1, "base", "", SnapshotKind.COMMITTED, LAZY),
          snapshot(2, "middle", "base", SnapshotKind.COMMITTED, UNPACKED),
          snapshot(3, "top", "middle", SnapshotKind.COMMITTED, LAZY),
          snapshot(4, "other", "base", SnapshotKind.COMMITTED, LAZY));

  private static List<Snapshot> with(Snapshot more) {
    return java.util.stream.Stream.concat(IMAGES.stream(), java.util.stream.Stream.of(more))
        .toList();
  }

  @Test
  void imagesAloneAreNotRunning() {
    assertThat(RunningLayers.among(IMAGES)).isEmpty();
    assertThat(RunningLayers.among(with(snapshot(9, "k", "", SnapshotKind.ACTIVE, null))))
        .isEmpty();
  }

  @Test
  void allLazyLayersBelowAContainerOrAViewAre() {
    assertThat(RunningLayers.among(with(snapshot(9, "k", "top", SnapshotKind.ACTIVE, null))))
        .containsExactlyInAnyOrder(1L, 3L);
    assertThat(RunningLayers.among(with(snapshot(9, "k", "other", SnapshotKind.VIEW, null))))
        .containsExactlyInAnyOrder(1L, 4L);
  }
}
