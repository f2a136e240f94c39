package dev.sluice.node;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
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

  /** Who brings a snapshot's layer. Guarded by the outer object. */
  private static final class Claim {
    private final Thread thread = Thread.currentThread();

    /** Null while the thread waits for no pull; it must not be interrupted then. */
    private @Nullable ImagePull pull;

    private boolean abandoned;
  }

  PulledLayers(LayerPuller puller, RegistryClient client) {
    this.puller = puller;
    this.client = client;
  }

  /**
   * Pulls the layer at {@code place} of an image into the files of a snapshot that was entered.
   *
   * @param lazy which layers above will not be pulled
   * @throws SluiceException if it can't be pulled; nothing is left then
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
    Digest layer = plan.layers().get(place).layer().digest();
    ImagePull pull =
        begin(
            snapshot.id(),
            new PullImage(
                plan.manifest().digest(),
                blob -> new RegistryBlob(client, repository, blob),
                wanted));
    try {
      pull.claim(layer, snapshot.files(), directories(snapshot, below));
    } finally {
      end(snapshot.id());
    }
  }

  /** This thread begins to bring a snapshot's layer, which can be abandoned from now on. */
  synchronized void enter(long snapshot) {
    claims.put(snapshot, new Claim());
  }

  synchronized void leave(long snapshot) {
    claims.remove(snapshot);
  }

  private Claim claim(long snapshot) {
    Claim claim = claims.get(snapshot);
    if (claim == null) {
      throw new IllegalStateException("snapshot %d was not entered".formatted(snapshot));
    }
    return claim;
  }

  /* Started and claimed in one step: another's abandon between the two would end the pull. */
  private synchronized ImagePull begin(long snapshot, PullImage image) {
    Claim claim = claim(snapshot);
    if (claim.abandoned) {
      throw new SluiceException(
          FailureKind.CANCELLED, "pull the layer of snapshot %d: given up".formatted(snapshot));
    }
    ImagePull pull = puller.start(image);
    claim.pull = pull;
    return pull;
  }

  private synchronized void end(long snapshot) {
    claim(snapshot).pull = null;
    // An interrupt that came too late must not hit what this thread does next.
    var _ = Thread.interrupted();
  }

  /**
   * Nobody waits for a snapshot any more: its claim ends, and its image's pull if nobody else's.
   */
  synchronized void abandon(long snapshot) {
    Claim claim = claims.get(snapshot);
    if (claim == null || claim.abandoned) {
      return;
    }
    claim.abandoned = true;
    ImagePull pull = claim.pull;
    if (pull != null) {
      claim.pull = null;
      claim.thread.interrupt();
      closeUnlessClaimed(pull);
    }
  }

  private void closeUnlessClaimed(ImagePull pull) {
    if (claims.values().stream().noneMatch(claim -> claim.pull == pull)) {
      pull.close();
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
