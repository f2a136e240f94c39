package dev.sluice.daemon;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.control.CacheCommands;
import dev.sluice.control.CollectedLayer;
import dev.sluice.control.HintedCache;
import dev.sluice.control.ImageCache;
import dev.sluice.control.ImageStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fill.BackgroundFill;
import dev.sluice.fill.FillLayer;
import dev.sluice.node.NodeLayers;
import dev.sluice.node.Pins;
import dev.sluice.oci.ImageReference;
import dev.sluice.profile.HintedImage;
import dev.sluice.profile.ImageRuns;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The commands about the cache, on the node's own layers. */
final class NodeCacheCommands implements CacheCommands {
  private final NodeStatus status;
  private final NodeLayers node;
  private final ChunkCache cache;
  private final Pins pins;
  private final BackgroundFill fill;
  private final ImageRuns runs;
  private final long diskBound;

  /**
   * @param diskBound bytes that the disk tier may take
   */
  NodeCacheCommands(
      NodeStatus status,
      NodeLayers node,
      ChunkCache cache,
      Pins pins,
      BackgroundFill fill,
      ImageRuns runs,
      long diskBound) {
    this.status = status;
    this.node = node;
    this.cache = cache;
    this.pins = pins;
    this.fill = fill;
    this.runs = runs;
    this.diskBound = diskBound;
  }

  /** The lazy layers of an image that is on this node. */
  private record Image(String reference, Map<LayerKey, LayerCache> layers) {
    long bytes() {
      return layers.values().stream().mapToLong(layer -> layer.map().size()).sum();
    }

    long cached() {
      return layers.values().stream().mapToLong(LayerCache::bytesOnDisk).sum();
    }
  }

  private Image find(String action, String reference) {
    String normal = ImageReference.parse(reference).toString();
    Map<LayerKey, LayerCache> layers = new LinkedHashMap<>();
    for (FillLayer layer : node.fillable(Set.of())) {
      if (layer.image().equals(normal)) {
        layers.put(layer.key(), layer.bytes());
      }
    }
    if (!layers.isEmpty()) {
      return new Image(normal, layers);
    }
    for (ImageStatus image : status.images()) {
      if (image.reference().equals(normal) || image.reference().equals(reference)) {
        throw new SluiceException(
            FailureKind.INVALID,
            "%s %s: none of its layers is lazy; all of it is on this node already"
                .formatted(action, normal));
      }
    }
    throw new SluiceException(
        FailureKind.NOT_FOUND,
        "%s %s: no layer of it is on this node".formatted(action, normal),
        "`sluice ps` lists the images that are; `sluice image pull` brings others",
        null);
  }

  private ImageCache describe(Image image) {
    return new ImageCache(
        image.reference(),
        image.layers().size(),
        image.bytes(),
        image.cached(),
        pins.isPinned(image.reference()));
  }

  @Override
  public List<CollectedLayer> collect() {
    try {
      return cache.collect().entrySet().stream()
          .map(each -> new CollectedLayer(each.getKey().name(), each.getValue()))
          .toList();
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "collect unused layers: " + e, e);
    }
  }

  @Override
  public ImageCache pin(String reference) {
    Image image = find("pin", reference);
    if (image.bytes() > diskBound) {
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "pin %s: its layers have %d bytes unpacked, the cache may take %d"
              .formatted(image.reference(), image.bytes(), diskBound),
          "raise cache.disk",
          null);
    }
    pins.pin(image.reference(), image.layers().keySet());
    return describe(image);
  }

  @Override
  public ImageCache unpin(String reference) {
    String normal = ImageReference.parse(reference).toString();
    if (!pins.unpin(normal)) {
      Collection<String> others = pins.images();
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "unpin %s: it is not pinned by command".formatted(normal),
          pins.isPinned(normal)
              ? "cache.pinned_images in the configuration pins it"
              : "pinned are: " + (others.isEmpty() ? "none" : String.join(", ", others)),
          null);
    }
    try {
      return describe(find("unpin", normal));
    } catch (SluiceException e) {
      return new ImageCache(normal, 0, 0, 0, pins.isPinned(normal)); // its image is gone
    }
  }

  @Override
  public ImageCache warm(String reference) {
    Image image = find("warm", reference);
    ImageCache described = describe(image);
    long room = cache.roomForBackground();
    if (described.missingBytes() > room) {
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "warm %s: %d bytes are missing, and the cache has room for %d without dropping what is used"
              .formatted(image.reference(), described.missingBytes(), room),
          "raise cache.disk, or free space on its file system",
          null);
    }
    fill.warm(image.layers().keySet());
    return described;
  }

  @Override
  public HintedCache warmHints(String image) {
    return hints(runs.warm(image));
  }

  @Override
  public HintedCache hints(String image) {
    return hints(runs.hinted(image));
  }

  private static HintedCache hints(HintedImage image) {
    return new HintedCache(image.reference(), image.bytes(), image.missingBytes(), image.ended());
  }
}
