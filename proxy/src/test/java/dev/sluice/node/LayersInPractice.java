package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.ChunkCache;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.Link;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.oci.Digest;
import dev.sluice.profile.ImageRuns;
import dev.sluice.snapshot.LayerSource.Brought;
import java.nio.file.Path;
import java.util.Random;

/** A node that brings a lazy layer, one that is unpacked, and one that fails. */
public final class LayersInPractice implements AutoCloseable {
  private final NodeRig rig;
  private final NodeLayers layers;

  public LayersInPractice(Path directory) {
    rig = new NodeRig(directory);
    layers = rig.open(NodeRig.ALL, true);
  }

  /**
   * @param diskBytes bound of the cache
   */
  public LayersInPractice(Path directory, long diskBytes) {
    rig = new NodeRig(directory, Link.NONE, options -> options.withDiskBytes(diskBytes));
    layers = rig.open(NodeRig.ALL, false);
  }

  public NodeLayers layers() {
    return layers;
  }

  public ImageRuns runs() {
    return rig.engine().runs();
  }

  public ChunkCache cache() {
    return rig.engine().cache();
  }

  /** Brings an image of one lazy layer with so many bytes; gives its reference. */
  public String bringLazily(int bytes) throws Exception {
    byte[] content = new byte[bytes];
    new Random(1).nextBytes(content);
    NodeImage image = rig.push(new Tar().file("a", 0644, 0, content).build());
    image.index();
    assertThat(rig.bring(layers, image, null, 1).getFirst()).isInstanceOf(Brought.Lazily.class);
    return rig.registry.host() + "/" + NodeImage.REPOSITORY + ":latest";
  }

  public NodeCounters counters() {
    return layers.counters();
  }

  public void bringOneOfEachKind() throws Exception {
    NodeImage lazy = rig.push(new Tar().file("a", 0644, 0, new byte[3]).build());
    lazy.index();
    assertThat(rig.bring(layers, lazy, null, 1).getFirst()).isInstanceOf(Brought.Lazily.class);
    NodeImage whole = rig.push(new Tar().file("b", 0644, 0, new byte[3]).build());
    assertThat(rig.bring(layers, whole, null, 2).getFirst()).isInstanceOf(Brought.Unpacked.class);
    NodeImage gone = rig.push(new Tar().file("c", 0644, 0, new byte[3]).build());
    rig.spoil(gone, 0, 1000, Fault.Status.of(404));
    assertThat(rig.bring(layers, gone, Digest.sha256(new byte[1]), 3).getFirst())
        .isInstanceOf(Brought.Left.class);
  }

  @Override
  public void close() {
    rig.close();
  }
}
