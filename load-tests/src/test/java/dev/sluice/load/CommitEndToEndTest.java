package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.Stage.EndToEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What containerd makes of a container on lazy layers, by each face: the layer of its changes, an
 * image of it, and archives.
 */
@EndToEnd
final class CommitEndToEndTest {
  private static final Duration STEP = Duration.ofMinutes(3);
  private static final String COMMITTED = "localhost/committed:v1";

  private final Stage stage;

  CommitEndToEndTest(Stage stage) {
    this.stage = stage;
  }

  private LazyNode node(String face) throws IOException {
    return LazyNode.start(
        Files.createTempDirectory("sluice-commit-"),
        stage.registry().host(),
        """
        [lazy]
        layer_face = "%s"
        [fill]
        enable = false
        """
            .formatted(face.equals("fuse") ? "fuse" : "erofs"));
  }

  /** The sample image, indexed, in a repository of its own. */
  private String image(String name) {
    String reference = stage.push("commit-" + name + ":v1");
    Sluice.run("create", "--plain-http", "--min-layer-size", "1000", reference);
    return reference;
  }

  @ParameterizedTest
  @ValueSource(strings = {"fuse", "erofs", "disk"})
  void theLayerOfAContainersChangesIsThatOfOverlayfs_andMakesTheSameImage(String face)
      throws IOException {
    String image = image(face);
    Path files = stage.scratch().mkdir("commit-" + face);
    try (LazyNode node = node(face)) {
      node.pull(STEP, "sluice", image);
      if (face.equals("disk")) {
        node.warm(STEP, image);
      }
      node.pull(STEP, "overlayfs", image);
      Path layer = files.resolve("layer.tar.gz");
      List<String> ours = changedLayer(node, "sluice", image, layer);
      List<String> theirs = changedLayer(node, "overlayfs", image, files.resolve("theirs.tar.gz"));
      assertThat(node.faces()).containsExactly(face);
      assertThat(ours).containsExactlyElementsOf(theirs).hasSizeGreaterThan(50);

      Path archive = files.resolve("committed.tar");
      commit(layer, archive);
      Path expected = committedRoot(node, "overlayfs", archive);
      Path actual = committedRoot(node, "sluice", archive);
      assertThat(RootFilesystems.differences(stage.trees(), expected, actual)).isEmpty();
    }
  }

  /** What containerd's differ makes of a container with changes: a layer, and its entries. */
  private List<String> changedLayer(LazyNode node, String snapshotter, String image, Path layer) {
    Containerd containerd = node.containerd();
    String name = "changed-" + snapshotter;
    Path rootfs = containerd.startSleeping(snapshotter, image, name);
    long since = Instant.now().getEpochSecond() - 1;
    Changes.make(containerd, name, rootfs);
    containerd.endTask(name);
    diff(containerd, snapshotter, name, layer);
    return Program.run(STEP, "python3", stage.scratch().script("list_layer.py"), layer, since)
        .lines()
        .toList();
  }

  private static void diff(Containerd containerd, String snapshotter, String name, Path layer) {
    Program.run(
        STEP,
        "sh",
        "-euc",
        "ctr -a \"$1\" snapshot --snapshotter \"$2\" diff \"$3\" >\"$4\"",
        "sh",
        containerd.socket(),
        snapshotter,
        name,
        layer);
  }

  /** Writes what a commit of the layer makes: an archive without the layers below. */
  private void commit(Path layer, Path archive) {
    Program.run(
        STEP,
        "python3",
        stage.scratch().script("commit_image.py"),
        stage.image().layout(),
        layer,
        COMMITTED,
        archive);
  }

  /** The root file system of a container of a committed image. */
  private static Path committedRoot(LazyNode node, String snapshotter, Path archive) {
    node.containerd().ctr("image", "import", "--snapshotter", snapshotter, archive);
    return node.containerd().startSleeping(snapshotter, COMMITTED, "of-" + snapshotter);
  }

  @Test
  void anExportNamesTheBlobThatIsNotHere_andHoldsTheOriginalsOnceTheyAre() throws IOException {
    String image = image("export");
    Path files = stage.scratch().mkdir("export");
    Path archive = files.resolve("image.tar");
    Path committed = files.resolve("committed.tar");
    try (LazyNode node = node("erofs")) {
      Containerd containerd = node.containerd();
      node.pull(STEP, "sluice", image);
      containerd.startSleeping("sluice", image, "changed");
      containerd.exec("changed", "echo more >>/lower/replaced");
      containerd.endTask("changed");
      Path layer = files.resolve("layer.tar.gz");
      long before = layerBytesRead();
      diff(containerd, "sluice", "changed", layer);
      long whole = stage.image().layers().stream().mapToLong(stage.image()::sizeOf).sum();
      assertThat(layerBytesRead() - before).as("the differ reads").isGreaterThan(whole / 2);
      commit(layer, committed);
      containerd.ctr("image", "import", "--snapshotter", "sluice", committed);

      for (String each : List.of(image, COMMITTED)) {
        Program.Result refused = containerd.result("image", "export", archive, each);
        assertThat(refused.exitCode()).isNotZero();
        // Any of them: containerd looks for several at once.
        assertThat(refused.err())
            .containsAnyOf(stage.image().layers().toArray(String[]::new))
            .contains("not found");
      }
      containerd.ctr("content", "fetch", "--hosts-dir", node.certs(), image);
      assertThat(node.lazyLayers()).hasSize(2);

      containerd.ctr("image", "export", archive, image);
      assertThat(blobs(archive)).hasSize(3).containsAll(stage.image().layers());
      containerd.ctr("image", "export", archive, COMMITTED);
      assertThat(blobs(archive))
          .hasSize(4)
          .containsAll(stage.image().layers())
          .contains(sha256(layer));
      assertThat(containerd.run("sluice", COMMITTED, "of", "/dev/busybox cat /lower/replaced"))
          .isEqualTo("newmore\n");
    }
  }

  private long layerBytesRead() {
    return stage.registry().reads().stream()
        .filter(read -> stage.image().layers().stream().anyMatch(read.path()::endsWith))
        .mapToLong(DockerRegistry.Read::bytes)
        .sum();
  }

  /** Digests of the layers in an OCI archive, of what its blobs really hold. */
  private static List<String> blobs(Path archive) {
    return Program.run(
            STEP,
            "sh",
            "-euc",
            """
            rm -rf "$1.d"; mkdir "$1.d"; tar -xf "$1" -C "$1.d"
            cd "$1.d/blobs/sha256"
            for blob in *; do
              ! gzip -t "$blob" 2>/dev/null || sha256sum "$blob" | sed 's/^/sha256:/; s/ .*//'
            done
            """,
            "sh",
            archive)
        .lines()
        .toList();
  }

  private static String sha256(Path file) {
    return "sha256:" + Program.run(STEP, "sha256sum", file).split(" ", 2)[0];
  }
}
