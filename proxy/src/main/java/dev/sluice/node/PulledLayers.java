package dev.sluice.node;

import dev.sluice.fetch.RegistryBlob;
import dev.sluice.layer.DirectoryStack;
import dev.sluice.mount.ImagePlan;
import dev.sluice.mount.LayerPlan;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import dev.sluice.pull.Directories;
import dev.sluice.pull.DirectoryAttributes;
import dev.sluice.pull.ImagePull;
import dev.sluice.pull.LayerPuller;
import dev.sluice.pull.PullImage;
import dev.sluice.pull.PullLayer;
import dev.sluice.registry.RegistryClient;
import dev.sluice.snapshot.NewSnapshot;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import dev.sluice.soci.ztoc.Attribute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Layers pulled whole: with the first one that is wanted of an image, all that will follow it are
 * started. Blocks.
 */
final class PulledLayers {
  private final LayerPuller puller;
  private final RegistryClient client;

  /** Guarded by this. */
  private final Map<Long, Claim> claims = new HashMap<>();

  /** Who waits for a layer. */
  private record Claim(Thread thread, ImagePull pull) {}

  PulledLayers(LayerPuller puller, RegistryClient client) {
    this.puller = puller;
    this.client = client;
  }

  /**
   * Pulls the layer at {@code place} of an image into the snapshot's files.
   *
   * @param lazy which layers above will not be pulled
   * @throws dev.sluice.failure.SluiceException if it can't be pulled; nothing is left then
   */
  void pull(
      ImagePlan plan,
      int place,
      Repository repository,
      Predicate<LayerPlan> lazy,
      NewSnapshot snapshot,
      DirectoryStack below) {
    List<PullLayer> wanted = new ArrayList<>();
    for (int i = place; i < plan.layers().size(); i++) {
      LayerPlan layer = plan.layers().get(i);
      if (i == place || !lazy.test(layer)) {
        wanted.add(new PullLayer(layer.layer(), layer.diffId()));
      }
    }
    ImagePull pull =
        puller.start(
            new PullImage(
                plan.manifest().digest(),
                blob -> new RegistryBlob(client, repository, blob),
                wanted));
    Digest layer = plan.layers().get(place).layer().digest();
    begin(snapshot.id(), pull);
    try {
      pull.claim(layer, snapshot.files(), directories(snapshot, below));
    } finally {
      end(snapshot.id());
    }
  }

  private synchronized void begin(long snapshot, ImagePull pull) {
    claims.put(snapshot, new Claim(Thread.currentThread(), pull));
  }

  private synchronized void end(long snapshot) {
    claims.remove(snapshot);
    // An interrupt that came too late must not hit what this thread does next.
    var _ = Thread.interrupted();
  }

  /**
   * Nobody waits for a snapshot any more: its claim ends, and its image's pull if nobody else's.
   */
  synchronized void abandon(long snapshot) {
    Claim claim = claims.remove(snapshot);
    if (claim == null) {
      return;
    }
    claim.thread.interrupt();
    if (claims.values().stream().noneMatch(other -> other.pull == claim.pull)) {
      claim.pull.close();
    }
  }

  private static Directories directories(NewSnapshot snapshot, DirectoryStack below) {
    List<Ancestor> ancestors = snapshot.ancestors();
    if (ancestors.stream().noneMatch(Ancestor::lazy)) {
      return Directories.unpacked(ancestors.stream().map(Ancestor::files).toList());
    }
    return path -> attributes(below.directory(new String(path, StandardCharsets.ISO_8859_1)));
  }

  private static @Nullable DirectoryAttributes attributes(
      dev.sluice.layer.@Nullable DirectoryAttributes found) {
    if (found == null) {
      return null;
    }
    List<Attribute> xattrs =
        found.xattrs().entrySet().stream()
            .map(each ->
                new Attribute(each.getKey().getBytes(StandardCharsets.ISO_8859_1), each.getValue()))
            .toList();
    return new DirectoryAttributes(
        Integer.toUnsignedLong(found.uid()),
        Integer.toUnsignedLong(found.gid()),
        found.mode() & 07777,
        found.mtimeSeconds(),
        found.mtimeNanos(),
        xattrs);
  }

  void close() {
    puller.close();
  }
}
