package dev.sluice.mount;

import dev.sluice.fuse.FuseMount;
import java.nio.file.Path;
import java.util.List;

/** An image that is mounted, with the layers it holds open. */
public final class MountedImage implements AutoCloseable {
  private final ImagePlan plan;
  private final ImageMount mount;
  private final List<OpenLayer> layers;
  private final Runnable unwatch;

  /**
   * @param unwatch lets go of what watches the layers' readers; run before the layers are closed
   */
  MountedImage(ImagePlan plan, ImageMount mount, List<OpenLayer> layers, Runnable unwatch) {
    this.plan = plan;
    this.mount = mount;
    this.layers = List.copyOf(layers);
    this.unwatch = unwatch;
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
    unwatch.run();
    closeAll(layers);
  }

  static void closeAll(List<OpenLayer> layers) {
    layers.forEach(OpenLayer::close);
  }
}
