package dev.sluice.mount;

import dev.sluice.fuse.FuseMount;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An image that is mounted, with the layers it holds open. */
public final class MountedImage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MountedImage.class);

  private final ImagePlan plan;
  private final ImageMount mount;
  private final List<OpenLayer> layers;

  MountedImage(ImagePlan plan, ImageMount mount, List<OpenLayer> layers) {
    this.plan = plan;
    this.mount = mount;
    this.layers = List.copyOf(layers);
  }

  public Path target() {
    return mount.target();
  }

  public FuseMount fuse() {
    return mount.fuse();
  }

  /** Size of the image's compressed layers in bytes. */
  public long imageBytes() {
    return plan.compressedBytes();
  }

  /** How many layers come on demand. */
  public long lazyLayers() {
    return layers.stream().filter(OpenLayer::lazy).count();
  }

  /** Unmounts and lets go of the layers. Idempotent. */
  @Override
  public void close() {
    mount.close();
    closeAll(layers);
  }

  static void closeAll(List<OpenLayer> layers) {
    for (OpenLayer layer : layers) {
      layer.bytes().close();
      for (AutoCloseable owned : layer.owned()) {
        try {
          owned.close();
        } catch (Exception e) {
          LOG.warn("close layer {}: {}", layer.plan().label(), e.toString());
        }
      }
    }
  }
}
