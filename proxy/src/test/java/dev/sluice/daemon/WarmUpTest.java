package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.layer.LayerTree;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is opened to warm up is a layer like any other. */
final class WarmUpTest {
  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    var _ = vertx.close().await(30, TimeUnit.SECONDS);
  }

  @Test
  void theLayerIsWhole() throws Exception {
    LayerTree tree = WarmUp.open(WarmUpLayer.make(directory));
    int last = WarmUpLayer.FILES - 1;
    assertThat(tree.isRegular(tree.find(path(WarmUpLayer.DIRECTORIES - 1, last)))).isTrue();
    assertThat(tree.find(path(WarmUpLayer.DIRECTORIES, 0))).isEqualTo(LayerTree.ABSENT);
    int first = tree.find(path(0, 0));
    assertThat(tree.find(path(0, 0).replace("module0", "same"))).isEqualTo(first);
    assertThat(tree.mtimeNanos(first)).isEqualTo(123_456_789);
    assertThat(tree.xattrs(tree.find(path(0, 1)))).containsOnlyKeys("user.origin");
  }

  private static String path(int directory, int file) {
    return "usr/lib/python3/dist-packages/package%d/module%d.py".formatted(directory, file);
  }

  @Test
  void itEndsWhenALayerIsAskedFor_andLeavesNothing() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Path place = directory.resolve("warm-up");
    WarmUp warmUp = new WarmUp(vertx, place, () -> looks.incrementAndGet() == 3);
    warmUp.start();
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(looks).hasValue(3);
          assertThat(place).doesNotExist();
        });
    warmUp.close();
  }

  @Test
  void itEndsWithTheService() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    Path place = directory.resolve("warm-up");
    WarmUp warmUp =
        new WarmUp(
            vertx,
            place,
            () -> {
              runs.countDown();
              return false;
            });
    warmUp.start();
    assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
    warmUp.close();
    assertThat(place).doesNotExist();
  }

  @Test
  void theLayerIsNotForOthers() throws Exception {
    WarmUpLayer layer = WarmUpLayer.make(directory);
    try (WarmUpFetches fetches = WarmUpFetches.open(vertx, directory, layer);
        HttpClient stranger = HttpClient.newHttpClient()) {
      URI blobs = URI.create("http://" + fetches.host() + "/v2/warm-up/blobs/uploads/");
      HttpRequest push =
          HttpRequest.newBuilder(blobs).POST(HttpRequest.BodyPublishers.noBody()).build();
      assertThat(stranger.send(push, HttpResponse.BodyHandlers.discarding()).statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void theLayerIsFetchedThroughTheCache() throws Exception {
    WarmUpLayer layer = WarmUpLayer.make(directory);
    try (WarmUpFetches fetches = WarmUpFetches.open(vertx, directory, layer)) {
      fetches.round();
      fetches.round();
    }
  }
}
