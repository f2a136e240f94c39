package dev.sluice.snapshot;

import static dev.sluice.failure.FailureKind.ALREADY_EXISTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.SnapshotObserver.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A snapshotter over a source of plain directories, and what tests of it do again and again. */
abstract class LazySnapshots {
  static final String TARGET = "containerd.io/snapshot.ref";
  static final String CRI = "containerd.io/snapshot/cri.";
  static final Brought LEFT = new Brought.Left("told so");
  @TempDir Path directory;
  final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
  private final SnapshotObserver observer =
      new SnapshotObserver() {
        @Override
        public void brought(Outcome outcome, Duration took) {
          outcomes.add(outcome);
        }
      };
  DirectoryLayers layers;
  OverlaySnapshotter snapshotter;

  @BeforeEach
  void open() throws IOException {
    layers = new DirectoryLayers(Files.createDirectories(directory.resolve("layers")));
    snapshotter = OverlaySnapshotter.open(directory.resolve("root"), layers, observer);
    snapshotter.restoreAll().join();
  }

  @AfterEach
  void close() {
    snapshotter.close();
  }

  /** What a service does that starts after this one has ended. */
  void restart(String... unreachable) throws IOException {
    stop();
    start();
    layers.unreachable.addAll(List.of(unreachable));
    snapshotter.restoreAll().join();
  }

  void stop() {
    snapshotter.close();
  }

  /** Starts again, and shows nothing yet. */
  void start() throws IOException {
    layers = new DirectoryLayers(directory.resolve("layers"));
    snapshotter = OverlaySnapshotter.open(directory.resolve("root"), layers, observer);
  }

  /** What the source keeps of a layer. */
  static String record(String layer) {
    return "record of " + digest(layer).hex().substring(0, 4);
  }

  static Digest digest(String of) {
    return Digest.sha256(of.getBytes(StandardCharsets.UTF_8));
  }

  static String lazyFile(String layer) {
    return "lazy-" + digest(layer).hex().substring(0, 4);
  }

  static Map<String, String> labels(String layer) {
    Map<String, String> labels = new HashMap<>();
    labels.put(TARGET, "chain-" + layer);
    labels.put(CRI + "image-ref", "registry.test/app:1");
    labels.put(CRI + "manifest-digest", digest("manifest").toString());
    labels.put(CRI + "layer-digest", digest(layer).toString());
    labels.put(CRI + "image-layers", digest(layer) + "," + digest("above"));
    return labels;
  }

  List<MountSpec> prepare(String key, String parent, Map<String, String> labels) {
    return snapshotter.prepare(key, parent, labels, new Caller());
  }

  static void fails(FailureKind kind, ThrowingCallable call) {
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  /** As containerd finds a target after ALREADY_EXISTS. */
  Snapshot found(String layer, String parent) {
    List<Snapshot> found =
        snapshotter.list(
            List.of(
                "labels.\"containerd.io/snapshot.ref\"==chain-%s,parent==\"%s\""
                    .formatted(layer, parent)));
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  String bring(String layer, String parent) {
    fails(ALREADY_EXISTS, () -> prepare("extract-" + layer, parent, labels(layer)));
    return found(layer, parent).name();
  }

  List<String> directories() throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("root/snapshots"))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  Mounted mounted(List<MountSpec> mounts) throws IOException {
    return new Mounted(Messages.mounts(mounts));
  }

  static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
