package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.ImageReference;
import java.nio.file.Path;

/** Where an image is, as users write it. */
public sealed interface ImageLocation {
  /** An image in a registry: {@code host/repository:tag}. */
  record InRegistry(ImageReference reference) implements ImageLocation {
    @Override
    public String toString() {
      return reference.toString();
    }
  }

  /**
   * An image in an OCI layout: {@code oci:DIR[:tag]}.
   *
   * @param tag the tag, or "" if none was given
   */
  record InLayout(Path directory, String tag) implements ImageLocation {
    @Override
    public String toString() {
      return "oci:" + directory + (tag.isEmpty() ? "" : ":" + tag);
    }
  }

  /**
   * An image in a tar file of an OCI layout: {@code oci-archive:FILE[:tag]}.
   *
   * @param tag the tag, or "" if none was given
   */
  record InArchive(Path file, String tag) implements ImageLocation {
    @Override
    public String toString() {
      return "oci-archive:" + file + (tag.isEmpty() ? "" : ":" + tag);
    }
  }

  /**
   * Parses {@code host/repository[:tag][@digest]}, {@code oci:DIR[:tag]} or {@code
   * oci-archive:FILE[:tag]}. As in skopeo the first colon after the path begins the tag, so a path
   * can't hold one.
   *
   * @throws SluiceException INVALID
   */
  static ImageLocation parse(String text) {
    if (text.startsWith("oci:")) {
      return new InLayout(path(text, "oci:"), tag(text, "oci:"));
    }
    if (text.startsWith("oci-archive:")) {
      return new InArchive(path(text, "oci-archive:"), tag(text, "oci-archive:"));
    }
    if (text.startsWith("docker://")) {
      return parse(text.substring("docker://".length()));
    }
    if (text.startsWith("docker-archive:") || text.startsWith("dir:")) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "image '" + text + "': archives of docker save and skopeo's dir: are not read",
          "turn it into a layout first: skopeo copy " + text + " oci:DIR:TAG",
          null);
    }
    return new InRegistry(ImageReference.parse(text));
  }

  private static Path path(String text, String prefix) {
    String rest = text.substring(prefix.length());
    int colon = rest.indexOf(':');
    String path = colon < 0 ? rest : rest.substring(0, colon);
    if (path.isEmpty()) {
      throw new SluiceException(
          FailureKind.INVALID,
          "image '" + text + "': no path after " + prefix,
          "write " + prefix + "PATH or " + prefix + "PATH:TAG",
          null);
    }
    return Path.of(path);
  }

  private static String tag(String text, String prefix) {
    String rest = text.substring(prefix.length());
    int colon = rest.indexOf(':');
    return colon < 0 ? "" : rest.substring(colon + 1);
  }
}
