package dev.sluice.prefetch;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import org.jspecify.annotations.Nullable;

/** Which images a manifest is for: a digest, a reference, or a pattern of references. */
final class ImageMatch {
  private final @Nullable Digest digest;
  private final PathPattern name;
  private final boolean tagged;

  private ImageMatch(@Nullable Digest digest, PathPattern name, boolean tagged) {
    this.digest = digest;
    this.name = name;
    this.tagged = tagged;
  }

  /**
   * @param text {@code sha256:…} of the platform's manifest, a reference such as {@code redis:7},
   *     or a pattern such as {@code registry.example.com/team/**}; without a tag every tag is meant
   * @throws IllegalArgumentException if it is nothing of that
   */
  static ImageMatch of(String text) {
    if (Digest.isDigest(text)) {
      return new ImageMatch(Digest.parse(text), PathPattern.of("**"), false);
    }
    if (text.isEmpty() || text.length() > 512) {
      throw new IllegalArgumentException("an image is a reference, a pattern, or a digest");
    }
    boolean tagged = text.lastIndexOf(':') > text.lastIndexOf('/');
    if (text.indexOf('*') >= 0 || text.indexOf('?') >= 0) {
      return new ImageMatch(null, PathPattern.of(text), tagged);
    }
    try {
      ImageReference reference = ImageReference.parse(text);
      if (reference.digest() != null) {
        return new ImageMatch(
            reference.digest(), PathPattern.of(reference.repository().toString()), false);
      }
      return new ImageMatch(null, PathPattern.of(name(reference, tagged)), tagged);
    } catch (SluiceException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String name(ImageReference reference, boolean tagged) {
    return reference.repository() + (tagged ? ":" + reference.tag() : "");
  }

  /**
   * @param manifest of the platform
   * @param reference as its user wrote it
   */
  boolean fits(Digest manifest, String reference) {
    if (digest != null && !digest.equals(manifest)) {
      return false;
    }
    try {
      ImageReference parsed = ImageReference.parse(reference);
      String full =
          tagged
              ? parsed.repository() + ":" + (parsed.tag() == null ? "" : parsed.tag())
              : parsed.repository().toString();
      return name.fits(full) || name.fits(reference);
    } catch (SluiceException e) {
      // Not in a registry: a layout or archive, by its own name.
      return name.fits(reference);
    }
  }
}
