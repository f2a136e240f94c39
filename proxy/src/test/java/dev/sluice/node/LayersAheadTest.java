package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerKey;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.layer.LayerWatchers;
import dev.sluice.mount.LayerPlan;
import dev.sluice.mount.OpenLayer;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayersAheadTest {
  @TempDir Path directory;
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final LayersAhead ahead = new LayersAhead(OpenLayer::close);
  private ChunkCache cache;

  @BeforeEach
  void open() throws IOException {
    cache = ChunkCache.open(CacheOptions.in(directory));
  }

  @AfterEach
  void close() throws IOException {
    ahead.close();
    cache.close();
  }

  private static LazyRecord record(int number) {
    Digest digest = Digest.sha256(Integer.toString(number).getBytes(StandardCharsets.UTF_8));
    Descriptor layer = Descriptor.of(MediaTypes.OCI_LAYER_GZIP, digest, 1000);
    return new LazyRecord(
        ImageReference.parse("registry.example/app:1"),
        digest,
        new LayerPlan(layer, digest, layer),
        digest);
  }

  private OpenLayer layer(int number) {
    opened.incrementAndGet();
    return new OpenLayer(
        record(number).layer(),
        LayerTreeBuilder.build(List.of()),
        cache.open(new LayerKey("l" + number), ChunkMap.fixed(1000, 1000), (_, _, _, _) -> {}),
        null,
        new LayerWatchers(),
        "",
        List.of(closed::incrementAndGet));
  }

  @Test
  void whatWasBegunIsWaitedForAndHandedOverOnce() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    for (int i = 0; i < 3; i++) {
      int number = i;
      ahead.open(
          record(i),
          () -> {
            try {
              assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            return layer(number);
          });
      ahead.open(record(i), () -> layer(99));
    }
    go.countDown();
    for (int i = 0; i < 2; i++) {
      OpenLayer taken = ahead.take(record(i));
      assertThat(taken).isNotNull();
      assertThat(taken.plan()).isEqualTo(record(i).layer());
      assertThat(ahead.take(record(i))).isNull();
      taken.close();
    }
    assertThat(closed).hasValue(2);
    ahead.close();
    await().untilAsserted(() -> assertThat(closed).hasValue(3));
    assertThat(opened).hasValue(3);
  }

  @Test
  void aLayerThatCouldNotBeOpenedIsOpenedAgainInItsTurn() {
    ahead.open(
        record(1),
        () -> {
          throw new SluiceException(FailureKind.UNAVAILABLE, "no registry");
        });
    assertThat(ahead.take(record(1))).isNull();
    assertThat(ahead.take(record(2))).isNull();
  }
}
