package dev.sluice.snapshot;

import static dev.sluice.failure.FailureKind.ALREADY_EXISTS;
import static dev.sluice.failure.FailureKind.NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.SnapshotObserver.Outcome;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that are brought by a source, and those that are not. */
@NeedsRoot
final class LazySnapshotTest extends LazySnapshots {
  @Test
  void lazyLayersAreLowerDirectories() throws IOException {
    String base = bring("a", "");
    assertThat(base).isEqualTo("chain-a");
    String top = bring("b", base);
    assertThat(snapshotter.stat(top).kind()).isEqualTo(SnapshotKind.COMMITTED);
    assertThat(snapshotter.stat(top).labels())
        .containsEntry("containerd.io/snapshot/remote", "remote snapshot")
        .containsAllEntriesOf(labels("b"));
    assertThat(snapshotter.usage(top)).isEqualTo(Usage.NONE);
    fails(NOT_FOUND, () -> snapshotter.stat("extract-b"));
    try (Mounted mounted = mounted(prepare("c", top, Map.of()))) {
      assertThat(mounted.path(lazyFile("a"))).hasContent("lazy");
      Files.delete(mounted.path(lazyFile("a")));
      Files.move(mounted.path(lazyFile("b")), mounted.path("renamed"));
    }
    snapshotter.commit("changed", "c", "", Map.of());
    try (Mounted mounted = mounted(snapshotter.view("v", "changed", Map.of()))) {
      assertThat(mounted.path().toFile().list()).containsExactly("renamed");
    }
    assertThat(outcomes).containsExactly(Outcome.LAZY, Outcome.LAZY);
    LayerRequest request = layers.asked.getFirst();
    assertThat(request.layer()).isEqualTo(digest("a"));
    assertThat(request.layers()).containsExactly(digest("a"), digest("above"));
    assertThat(request.image()).isEqualTo("registry.test/app:1");
    assertThat(request.index()).isNull();
  }

  @Test
  void unpackedLayersLieInTheirDirectory() throws IOException {
    layers.way = layers::unpacked;
    String base = bring("a", "");
    Snapshot snapshot = snapshotter.stat(base);
    assertThat(snapshot.isLazy()).isFalse();
    assertThat(snapshot.usage().bytes()).isGreaterThanOrEqualTo(50_000);
    assertThat(snapshot.usage().inodes()).isEqualTo(2);
    try (Mounted mounted = mounted(snapshotter.view("v", base, Map.of()))) {
      assertThat(mounted.path().toFile().list()).hasSize(1);
    }
    snapshotter.cleanup();
    assertThat(directories()).hasSize(2);
    assertThat(outcomes).containsExactly(Outcome.UNPACKED);
  }

  @Test
  void leftLayersAreOrdinarySnapshots() throws IOException {
    layers.way = (_, _) -> LEFT;
    List<MountSpec> mounts = prepare("extract", "", labels("a"));
    assertThat(mounts.getFirst().options()).containsExactly("rw", "rbind");
    assertThat(snapshotter.stat("extract").kind()).isEqualTo(SnapshotKind.ACTIVE);
    snapshotter.commit("done", "extract", "", labels("a"));
    assertThat(snapshotter.stat("done").labels()).isEqualTo(labels("a"));
    snapshotter.cleanup();
    assertThat(directories()).hasSize(1);
    assertThat(outcomes).containsExactly(Outcome.LEFT);
  }

  @Test
  void whatContainerdUnpackedIsNoTargetOfOthers() {
    layers.way = (_, _) -> LEFT;
    prepare("extract", "", labels("a"));
    snapshotter.commit("forged", "extract", "", labels("a"));
    prepare("extract-2", "", labels("a"));
    assertThat(layers.asked).hasSize(2);
  }

  @Test
  void noFailureOfTheSourceIsAFailureOfPrepare() throws IOException {
    List<Throwable> failures =
        List.of(
            new IllegalStateException("a bug"),
            new StackOverflowError(),
            new SluiceException(FailureKind.UNAUTHORIZED, "no"));
    for (Throwable failure : failures) {
      layers.way =
          (_, snapshot) -> {
            Files.writeString(snapshot.files().resolve("partial"), "");
            throw sneaky(failure);
          };
      String key = "extract-" + failure.getClass().getSimpleName();
      try (Mounted mounted = mounted(prepare(key, "", labels("a")))) {
        assertThat(mounted.path().toFile().list()).isEmpty();
      }
    }
    assertThat(outcomes).containsExactly(Outcome.FAILED, Outcome.FAILED, Outcome.FAILED);
    snapshotter.cleanup();
    assertThat(directories()).hasSize(3);
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException sneaky(Throwable failure) throws T {
    throw (T) failure;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TARGET,
        CRI + "image-ref",
        CRI + "manifest-digest",
        CRI + "layer-digest",
        "containerd.io/snapshot/remote/soci.index.digest"
      })
  void labelsThatCanNotBeReadMakeAnOrdinarySnapshot(String label) {
    Map<String, String> labels = labels("a");
    if (labels.remove(label) != null) {
      prepare("missing", "", labels);
    }
    if (!label.equals(TARGET) && !label.endsWith("image-ref")) {
      labels.put(label, "sha256:nonsense");
      prepare("malformed", "", labels);
    }
    assertThat(layers.asked).isEmpty();
  }

  /** nerdctl gives the label to all layers, and no value unless it was asked for an index. */
  @Test
  void anEmptyLabelForTheIndexAsksForNone() {
    Map<String, String> labels = labels("a");
    labels.put("containerd.io/snapshot/remote/soci.index.digest", "");
    fails(ALREADY_EXISTS, () -> prepare("extract", "", labels));
    assertThat(layers.asked.getFirst().index()).isNull();
  }

  @Test
  void aCutListOfLayersIsReadAsFarAsItGoes() {
    Map<String, String> labels = labels("a");
    labels.put(CRI + "image-layers", digest("a") + "," + digest("b") + ",sha256:12");
    labels.put("containerd.io/snapshot/remote/soci.index.digest", digest("index").toString());
    fails(ALREADY_EXISTS, () -> prepare("extract", "", labels));
    LayerRequest request = layers.asked.getFirst();
    assertThat(request.layers()).containsExactly(digest("a"), digest("b"));
    assertThat(request.index()).isEqualTo(digest("index"));
  }

  @Test
  void parentsAndKeysAreCheckedFirst() {
    prepare("active", "", Map.of());
    fails(NOT_FOUND, () -> prepare("x", "none", labels("a")));
    fails(FailureKind.INVALID, () -> prepare("x", "active", labels("a")));
    fails(ALREADY_EXISTS, () -> prepare("active", "", labels("a")));
    assertThat(layers.asked).isEmpty();
  }

  @Test
  void whatIsThereIsNotBroughtAgain() {
    bring("a", "");
    fails(ALREADY_EXISTS, () -> prepare("again", "", labels("a")));
    assertThat(layers.asked).hasSize(1);
  }

  @Test
  void theSameChainOnAnotherParentIsAnotherSnapshot() {
    prepare("one", "", Map.of());
    snapshotter.commit("base-1", "one", "", Map.of());
    prepare("two", "", Map.of());
    snapshotter.commit("base-2", "two", "", Map.of());
    String first = bring("a", "base-1");
    String second = bring("a", "base-2");
    assertThat(first).isNotEqualTo(second);
    assertThat(layers.asked).hasSize(2);
  }

  @Test
  void manyWaitForOneWhileOthersGoOn() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    layers.way =
        (request, snapshot) -> {
          awaitUninterruptibly(go);
          return layers.lazily(request, snapshot);
        };
    List<Thread> threads = new ArrayList<>();
    List<FailureKind> kinds = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 8; i++) {
      String key = "extract-" + i;
      threads.add(
          Thread.startVirtualThread(() -> {
            try {
              prepare(key, "", labels("a"));
            } catch (SluiceException e) {
              kinds.add(e.kind());
            }
          }));
    }
    await().until(() -> layers.asked.size() == 1);
    prepare("other", "", Map.of());
    snapshotter.cleanup();
    assertThat(directories()).as("the directory that is being filled stays").hasSize(2);
    go.countDown();
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(kinds).hasSize(8).containsOnly(ALREADY_EXISTS);
    assertThat(layers.asked).hasSize(1);
    assertThat(snapshotter.list(List.of("kind==committed"))).hasSize(1);
  }

  @Test
  void aLayerIsAbandonedWhenTheLastCallerHasGone() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    layers.way =
        (_, _) -> {
          awaitUninterruptibly(go);
          return LEFT;
        };
    Path own = Files.createDirectory(directory.resolve("socket"));
    try (SluiceSocket sluice = new SluiceSocket(own, layers);
        SnapshotsClient client = new SnapshotsClient(sluice.socket(), "sluice", "n")) {
      var first = client.beginPrepare("one", "", labels("a"));
      Future<?> second = client.prepareLater("two", "", labels("a"));
      var third = client.beginPrepare("three", "", labels("b"));
      await().until(() -> layers.asked.size() == 2);
      third.cancel();
      await().until(() -> layers.abandoned.size() == 1);
      first.cancel();
      assertThat(client.stat(client.prepareNamed("alive")).getName()).isEqualTo("alive");
      assertThat(layers.abandoned).hasSize(1);
      go.countDown();
      SnapshotsClient.await(second);
      assertThat(client.names()).containsExactly("alive", "two");
    }
  }

  @Test
  void aConnectionThatEndsAbandonsWhatItAskedFor() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    layers.way =
        (_, _) -> {
          awaitUninterruptibly(go);
          return LEFT;
        };
    Path own = Files.createDirectory(directory.resolve("socket"));
    try (SluiceSocket sluice = new SluiceSocket(own, layers)) {
      try (SnapshotsClient client = new SnapshotsClient(sluice.socket(), "sluice", "n")) {
        client.beginPrepare("one", "", labels("a"));
        await().until(() -> layers.asked.size() == 1);
      }
      await().until(() -> layers.abandoned.size() == 1);
      go.countDown();
      sluice.snapshotter().cleanup();
      assertThat(sluice.snapshotter().list(List.of())).isEmpty();
    }
  }

  /** An image may carry any attribute; one that means something to overlayfs must mean nothing. */
  @Test
  void redirectsInALayerAreNotFollowed() throws Exception {
    try (Mounted mounted = mounted(prepare("a", "", Map.of()))) {
      Files.createDirectory(mounted.path("secret"));
      Files.writeString(mounted.path("secret/file"), "");
    }
    snapshotter.commit("base", "a", "", Map.of());
    String upper = "upperdir=";
    for (String option : prepare("b", "base", Map.of()).getFirst().options()) {
      if (option.startsWith(upper)) {
        Path planted = Files.createDirectory(Path.of(option.substring(upper.length()), "planted"));
        Process setfattr =
            new ProcessBuilder(
                    "setfattr",
                    "-n",
                    "trusted.overlay.redirect",
                    "-v",
                    "/secret",
                    planted.toString())
                .start();
        assertThat(setfattr.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(setfattr.exitValue()).isZero();
      }
    }
    snapshotter.commit("top", "b", "", Map.of());
    try (Mounted mounted = mounted(prepare("c", "top", Map.of()))) {
      assertThat(mounted.path("secret/file")).exists();
      assertThat(Files.exists(mounted.path("planted/file"))).isFalse();
    }
  }

  @Test
  void theOwnerOfALazyParentIsAskedFromItsSource() throws IOException {
    layers.root = new RootAttributes(77, 88, 0700);
    List<MountSpec> mounts = prepare("c", bring("a", ""), Map.of());
    String upper =
        mounts.getFirst().options().stream()
            .filter(option -> option.startsWith("upperdir="))
            .findFirst()
            .orElseThrow()
            .substring("upperdir=".length());
    assertThat(Files.getAttribute(Path.of(upper), "unix:uid")).isEqualTo(77);
    assertThat(Files.getAttribute(Path.of(upper), "unix:gid")).isEqualTo(88);
  }

  @Test
  void directoriesOfNoSnapshotAreRemovedAndTheirNumbersNotGivenAgain() throws IOException {
    prepare("a", "", Map.of());
    snapshotter.close();
    Path orphan = directory.resolve("root/snapshots/4711/fs");
    Files.createDirectories(orphan);
    Files.writeString(orphan.resolve("file"), "");
    restart();
    prepare("b", "", Map.of());
    assertThat(snapshotter.stat("b").id()).isGreaterThan(4711);
    snapshotter.cleanup();
    assertThat(directories())
        .containsExactlyInAnyOrder(
            Long.toString(snapshotter.stat("a").id()), Long.toString(snapshotter.stat("b").id()));
  }

  @Test
  void idMappingsBecomeMountOptionsAndTheOwner() throws IOException {
    Map<String, String> mapping =
        Map.of(
            "containerd.io/snapshot/uidmapping", "1:5000:10,0:100000:65536",
            "containerd.io/snapshot/gidmapping", "0:200000:65536");
    MountSpec mount = prepare("c", "", mapping).getFirst();
    assertThat(mount.options())
        .containsExactly("uidmap=1:5000:10,0:100000:65536", "gidmap=0:200000:65536", "rw", "rbind");
    assertThat(Files.getAttribute(Path.of(mount.source()), "unix:uid")).isEqualTo(100000);
    assertThat(Files.getAttribute(Path.of(mount.source()), "unix:gid")).isEqualTo(200000);
    for (String wrong :
        List.of("", "0:1", "0:x:1", "1:1:1", "0:1:0", "0:1:1:1", "0:99999999999:1")) {
      Map<String, String> labels = new HashMap<>(mapping);
      labels.put("containerd.io/snapshot/uidmapping", wrong);
      fails(FailureKind.INVALID, () -> prepare("wrong", "", labels));
    }
  }

  @Test
  void overServiceTheAnswerIsAlreadyExists() throws IOException {
    Path own = Files.createDirectory(directory.resolve("socket"));
    try (SluiceSocket sluice = new SluiceSocket(own, layers);
        SnapshotsClient client = new SnapshotsClient(sluice.socket(), "sluice", "n")) {
      assertThatExceptionOfType(GrpcFailure.class)
          .isThrownBy(() -> client.prepare("x", "", labels("a")))
          .satisfies(e -> assertThat(e.status()).isEqualTo(GrpcStatus.ALREADY_EXISTS));
    }
  }
}
