package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.layer.LayerTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is opened to warm up is a layer like any other. */
final class WarmUpTest {
  @TempDir Path directory;

  @Test
  void theLayerIsWhole() throws Exception {
    LayerTree tree = WarmUp.open(WarmUpLayer.make(directory));
    int last = WarmUpLayer.FILES - 1;
    assertThat(tree.isRegular(tree.find(path(WarmUpLayer.DIRECTORIES - 1, last)))).isTrue();
    assertThat(tree.find(path(WarmUpLayer.DIRECTORIES, 0))).isEqualTo(LayerTree.ABSENT);
  }

  private static String path(int directory, int file) {
    return "usr/lib/python3/dist-packages/package%d/module%d.py".formatted(directory, file);
  }

  @Test
  void itEndsWhenALayerIsAskedFor_andLeavesNothing() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    new WarmUp(directory, () -> looks.incrementAndGet() == 3).start();
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(looks).hasValue(3);
          try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
          }
        });
  }
}
