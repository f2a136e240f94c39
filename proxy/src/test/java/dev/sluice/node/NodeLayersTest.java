package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.Traffic;
import dev.sluice.face.FaceChoice;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.SampleLayer;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.Mounts.Unmount;
import dev.sluice.mount.LazyImage;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.oci.MediaTypes;
import dev.sluice.snapshot.LayerRequest;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.NewSnapshot;
import dev.sluice.soci.index.SociIndexFinder;
import dev.sluice.soci.ztoc.Compression;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of a real registry, shown by the node's real mount and read by child processes. */
@NeedsRoot
class NodeLayersTest {
  private static final Duration SOON = Duration.ofMillis(1);

  @TempDir Path directory;

  private LazyImage image() throws Exception {
    return new LazyImage(
        directory,
        SampleLayer.make(11, 8, Compression.GZIP, 64 << 10),
        MediaTypes.OCI_LAYER_GZIP,
        UnaryOperator.identity(),
        UnaryOperator.identity());
  }

  private static NodeLayers layers(LazyImage image, MountEngine engine, long minLayerBytes) {
    return NodeLayers.open(
        engine,
        new LazyPolicy(
            true,
            SociIndexFinder.SEARCHED,
            minLayerBytes,
            Duration.ofSeconds(20),
            SOON,
            FaceChoice.AUTO),
        image.client(),
        image::store,
        null);
  }

  private static LayerRequest request(LazyImage image) {
    return new LayerRequest(
        "sha256:chain",
        image.reference(),
        image.manifest(),
        image.layerDigest(),
        List.of(image.layerDigest()),
        List.of(),
        null);
  }

  private NewSnapshot snapshot(long id) throws Exception {
    return new NewSnapshot(
        id, Files.createDirectories(directory.resolve("files-" + id)), List.of());
  }

  private static String record(Brought brought) {
    assertThat(brought).isInstanceOf(Brought.Lazily.class);
    return ((Brought.Lazily) brought).record();
  }

  @Test
  void aLayerIsShown_aSecondSnapshotOfItAsksForNoBlob_andARestartAsksNobody() throws Exception {
    try (LazyImage image = image().indexed()) {
      String record;
      try (MountEngine engine = image.engine();
          NodeLayers layers = layers(image, engine, 0)) {
        record = record(layers.bring(request(image), snapshot(3)));
        assertThat(image.readAll(layers.shown(3))).isEqualTo(image.truth());
        Traffic traffic = image.registry.traffic();
        long requests = traffic.requests();

        record(layers.bring(request(image), snapshot(4)));
        assertThat(image.readAll(layers.shown(4))).isEqualTo(image.truth());
        long more = traffic.requests() - requests;
        assertThat(more).as("requests for the second snapshot").isZero();
      }
      LazyImage.await(image.registry.close());
      try (MountEngine engine = image.engine();
          NodeLayers layers = layers(image, engine, 0)) {
        layers.reopen(3, record).show(List.of());
        layers.cleanUp();
        layers.check(3);
        assertThat(image.readAll(layers.shown(3))).isEqualTo(image.truth());
        assertThatThrownBy(() -> layers.check(4))
            .isInstanceOfSatisfying(
                SluiceException.class,
                e -> assertThat(e.kind()).isEqualTo(FailureKind.UNAVAILABLE));
      }
    }
  }

  @Test
  void withoutAnIndexTheLayerIsLeft_andAnIndexPushedLaterIsFound() throws Exception {
    try (LazyImage image = image();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      assertThat(layers.bring(request(image), snapshot(1))).isInstanceOf(Brought.Left.class);

      image.indexed();
      NewSnapshot later = snapshot(2);
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(layers.bring(request(image), later)).isInstanceOf(Brought.Lazily.class));
      assertThat(image.readAll(layers.shown(2))).isEqualTo(image.truth());
    }
  }

  @Test
  void aBrokenZtocLeavesTheLayer_andIsCounted() throws Exception {
    try (LazyImage image = image().indexedBy("noise".getBytes(StandardCharsets.UTF_8));
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      assertThat(layers.bring(request(image), snapshot(1))).isInstanceOf(Brought.Left.class);
      assertThat(layers.counters().lazyFailures()).isEqualTo(1);
    }
  }

  @Test
  void aSmallLayerIsLeft() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 1 << 30)) {
      assertThat(layers.bring(request(image), snapshot(1))).isInstanceOf(Brought.Left.class);
      assertThat(layers.counters().lazyFailures()).isZero();
    }
  }

  @Test
  void anUnreachableRegistryLeavesTheLayer() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      LazyImage.await(image.registry.close());
      assertThat(layers.bring(request(image), snapshot(1))).isInstanceOf(Brought.Left.class);
      assertThat(layers.counters().planFailures()).isEqualTo(1);
      assertThat(layers.counters().pullFailures()).isZero();
    }
  }

  @Test
  void aMountThatSomebodyTookAwayIsMountedAgain() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      record(layers.bring(request(image), snapshot(1)));
      Mounts.unmount(layers.shown(1).getParent(), EnumSet.of(Unmount.LAZY));
      Awaitility.await().until(() -> !layers.isAlive());

      layers.check(1);
      assertThat(image.readAll(layers.shown(1))).isEqualTo(image.truth());
    }
  }

  @Test
  void aLayerThatCouldNotBeMountedIsNotTakenForShown() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      String record = record(layers.bring(request(image), snapshot(1)));
      layers.forget(1);
      Path mount = engine.state().layers();
      Mounts.unmount(mount, EnumSet.of(Unmount.LAZY));
      Awaitility.await().until(() -> !layers.isAlive());
      Files.delete(mount);
      Files.writeString(mount, "in the way");
      assertThatThrownBy(() -> layers.reopen(1, record).show(List.of()))
          .isInstanceOf(SluiceException.class);
      assertThat(layers.status()).isEmpty();

      Files.delete(mount);
      layers.reopen(1, record).show(List.of());
      assertThat(image.readAll(layers.shown(1))).isEqualTo(image.truth());
    }
  }

  @Test
  void aForgottenSnapshotIsNoLongerShown() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        NodeLayers layers = layers(image, engine, 0)) {
      record(layers.bring(request(image), snapshot(1)));
      assertThat(image.readAll(layers.shown(1))).isEqualTo(image.truth());
      layers.forget(1);
      assertThat(image.readAll(layers.shown(1)).values()).containsOnly("No_such_file_or_directory");
    }
  }

  @Test
  void aLostZtocFailsTheRestore_andTheRestGoesOn() throws Exception {
    try (LazyImage image = image().indexed()) {
      String record;
      try (MountEngine engine = image.engine();
          NodeLayers layers = layers(image, engine, 0)) {
        record = record(layers.bring(request(image), snapshot(1)));
        layers.forget(1);
        layers.cleanUp();
      }
      try (MountEngine engine = image.engine();
          NodeLayers layers = layers(image, engine, 0)) {
        assertThatThrownBy(() -> layers.reopen(1, record).show(List.of()))
            .isInstanceOf(SluiceException.class)
            .hasMessageContaining("ztoc");
        record(layers.bring(request(image), snapshot(2)));
        layers.reopen(1, record).show(List.of());
        assertThat(image.readAll(layers.shown(1))).isEqualTo(image.truth());
      }
    }
  }

  @Test
  void aRecordOfAnotherVersionIsRefused() {
    assertThatThrownBy(() -> LazyRecord.parse(5, "{\"version\":2}"))
        .hasMessageContaining("version 2");
    assertThatThrownBy(() -> LazyRecord.parse(5, "noise")).isInstanceOf(SluiceException.class);
  }
}
