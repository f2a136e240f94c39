package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as such: what clients may send, and many of them at once. */
@NeedsRoot
final class SnapshotServiceTest {
  @TempDir Path directory;
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  private final SnapshotObserver observer =
      new SnapshotObserver() {
        @Override
        public void called(String operation, String status, Duration took) {
          assertThat(took).isPositive();
          calls
              .computeIfAbsent(operation + " " + status, _ -> new AtomicInteger())
              .incrementAndGet();
        }
      };
  private SluiceSocket sluice;
  private SnapshotsClient client;

  @BeforeEach
  void open() {
    sluice = new SluiceSocket(directory, LayerSource.NONE, observer);
    client = new SnapshotsClient(sluice.socket(), "sluice", "n");
  }

  @AfterEach
  void close() {
    client.close();
    sluice.close();
  }

  private static GrpcFailure failure(Runnable call) {
    var failure = new GrpcFailure[1];
    assertThatExceptionOfType(GrpcFailure.class)
        .isThrownBy(call::run)
        .satisfies(e -> failure[0] = e);
    return failure[0];
  }

  @Test
  void namesMayBeLongAndAnswersAreNot() {
    String longest = "ü".repeat(16_384);
    client.prepare(longest, "");
    assertThat(client.stat(longest).getName()).isEqualTo(longest);
    GrpcFailure exists = failure(() -> client.prepare(longest, ""));
    assertThat(exists.status()).isEqualTo(GrpcStatus.ALREADY_EXISTS);
    assertThat(exists.getMessage()).hasSizeLessThan(1100).contains("snapshot üüü").endsWith("…");
    for (String wrong : List.of("", longest + "x", "x".repeat(300_000))) {
      assertThat(failure(() -> client.prepare(wrong, "")).status())
          .isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    }
    assertThat(failure(() -> client.stat("x".repeat(300_000))).status())
        .isEqualTo(GrpcStatus.NOT_FOUND);
  }

  @Test
  void filtersThatCanNotBeReadAreTheCallersFault() {
    for (String wrong : List.of("name=x", "name==", "a..b", "name~=\"(a+)+$\",")) {
      assertThat(failure(() -> client.list(wrong)).status()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    }
  }

  @Test
  void requestsMayBeOf16Megabytes() {
    client.prepare("a", "", Map.of("l", "x".repeat(15 << 20)));
    assertThat(client.stat("a").getLabelsMap().get("l")).hasSize(15 << 20);
    GrpcFailure tooLong = failure(() -> client.prepare("b", "", Map.of("l", "x".repeat(17 << 20))));
    assertThat(tooLong.status()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED);
    assertThat(client.names()).containsExactly("a");
  }

  @Test
  void bytesThatAreNoMessageAreRefused() {
    assertThat(failure(() -> client.raw("Stat", new byte[] {(byte) 0xff, 1, 2})).status())
        .isEqualTo(GrpcStatus.INTERNAL);
    assertThat(failure(() -> client.raw("Nothing", new byte[0])).status())
        .isEqualTo(GrpcStatus.UNIMPLEMENTED);
    client.prepare("alive", "");
  }

  @Test
  void theObserverHearsOfEveryCall() {
    client.prepare("a", "");
    client.stat("a");
    client.stat("a");
    failure(() -> client.stat("b"));
    client.list();
    // It hears of a call when the answer has gone out, which the caller may see first.
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(calls.keySet())
                .containsExactlyInAnyOrder("Prepare OK", "Stat OK", "Stat NOT_FOUND", "List OK"));
    assertThat(calls.get("Stat OK").get()).isEqualTo(2);
  }

  @Test
  void manyAtOnce() {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(client.prepareLater("k" + i % 200, "", Map.of()));
    }
    int failed = 0;
    for (Future<?> each : all) {
      try {
        SnapshotsClient.await(each);
      } catch (GrpcFailure e) {
        assertThat(e.status()).isEqualTo(GrpcStatus.ALREADY_EXISTS);
        failed++;
      }
    }
    assertThat(failed).isEqualTo(100);
    assertThat(client.list()).hasSize(200);
  }

  /** Clients that each know what their own snapshots must look like, while all work at once. */
  @Test
  void concurrentClientsSeeTheirOwnChanges() throws Exception {
    long seed = System.nanoTime();
    client.prepare("base-active", "");
    client.commit("base", "base-active");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        Random random = new Random(seed + t);
        String name = "t" + t + "-";
        all.add(threads.submit(() -> work(random, name, "seed " + seed + " " + name)));
      }
      for (java.util.concurrent.Future<?> each : all) {
        each.get();
      }
    }
    assertThat(calls.keySet()).noneMatch(call -> call.endsWith("INTERNAL"));
    assertThat(client.names()).containsExactly("base");
    client.cleanup();
    assertThat(directory.resolve("root/snapshots").toFile().list()).hasSize(1);
  }

  private void work(Random random, String name, String what) {
    String parent = "base";
    List<String> chain = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      client.prepare(name + "active", parent);
      assertThat(client.mounts(name + "active")).as(what).hasSize(1);
      if (random.nextInt(4) == 0) {
        client.remove(name + "active");
        continue;
      }
      client.commit(name + i, name + "active");
      assertThat(client.stat(name + i).getParent()).as(what).isEqualTo(parent);
      parent = name + i;
      chain.add(parent);
      if (random.nextInt(3) == 0) {
        client.update(parent, Map.of("i", name + i), "labels.i");
        assertThat(client.names("labels.i==" + name + i)).as(what).containsExactly(parent);
      }
      if (random.nextInt(5) == 0) {
        client.cleanup();
      }
    }
    for (String each : chain.reversed()) {
      client.remove(each);
    }
  }

  @Test
  void manySnapshotsAreListedInSeveralMessages() {
    for (int i = 0; i < 230; i++) {
      client.view("v" + i, "");
    }
    assertThat(client.list()).hasSize(230);
  }
}
