package dev.sluice.image;

import dev.sluice.oci.ImageReference;
import dev.sluice.registry.RegistryClient;
import io.vertx.core.Vertx;
import java.util.function.Function;

/** Opens the store of a location, whatever kind it is. */
public final class ImageStores {
  private final Vertx vertx;
  private final Function<ImageReference, RegistryClient> clients;

  /**
   * @param clients the client for an image's registry; asked only for images in registries
   */
  public ImageStores(Vertx vertx, Function<ImageReference, RegistryClient> clients) {
    this.vertx = vertx;
    this.clients = clients;
  }

  /**
   * Opens what must exist; it may be written to.
   *
   * @throws dev.sluice.failure.SluiceException NOT_FOUND or CORRUPT if there is no layout or
   *     archive
   */
  public ImageStore open(ImageLocation location) {
    return location instanceof ImageLocation.InRegistry(ImageReference reference)
        ? new RegistryImageStore(vertx, clients.apply(reference), reference)
        : openLocal(location);
  }

  /** Opens a destination: a layout is made if there is none, an archive is replaced. */
  public ImageStore create(ImageLocation location) {
    return location instanceof ImageLocation.InRegistry ? open(location) : createLocal(location);
  }

  /** {@link #open} for a location that is not in a registry. */
  public static ImageStore openLocal(ImageLocation location) {
    return switch (location) {
      case ImageLocation.InRegistry remote -> throw notLocal(remote);
      case ImageLocation.InLayout(var directory, var tag) -> OciLayoutStore.open(directory, tag);
      case ImageLocation.InArchive(var file, var tag) -> OciArchiveStore.open(file, tag);
    };
  }

  /** {@link #create} for a location that is not in a registry. */
  public static ImageStore createLocal(ImageLocation location) {
    return switch (location) {
      case ImageLocation.InRegistry remote -> throw notLocal(remote);
      case ImageLocation.InLayout(var directory, var tag) -> OciLayoutStore.create(directory, tag);
      case ImageLocation.InArchive(var file, var tag) -> OciArchiveStore.create(file, tag);
    };
  }

  private static IllegalArgumentException notLocal(ImageLocation location) {
    return new IllegalArgumentException(location + " is in a registry");
  }
}
