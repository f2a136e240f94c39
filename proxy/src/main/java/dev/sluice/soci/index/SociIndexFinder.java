package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the SOCI index of an image: the one asked for by digest, else the one that the image
 * manifest names (v2), else the one that refers to the image (v1: the first, but one whose prefetch
 * artifacts Sluice published goes before; by the Referrers API, or by the fallback tag where the
 * registry has none).
 *
 * <p>A digest that is asked for or named but not there is an error, not a reason to look further:
 * what was bound to an image on purpose is never replaced by what anyone may have attached since.
 */
public final class SociIndexFinder {
  /** Everywhere that an index is looked for. */
  public static final Set<FoundIndex.Way> SEARCHED =
      Set.of(FoundIndex.Way.ANNOTATION, FoundIndex.Way.REFERRER);

  /** Which SOCI indexes refer to an image. */
  @FunctionalInterface
  public interface Referrers {
    List<Descriptor> to(Digest image);

    static Referrers of(ImageStore store) {
      return image -> store.referrers(image, MediaTypes.SOCI_INDEX_V1);
    }
  }

  private SociIndexFinder() {}

  /**
   * Blocks as its store does.
   *
   * @param image the image manifest of one platform
   * @param explicit digest of the index to use, or null to search
   * @return empty if the image has no index
   * @throws SluiceException NOT_FOUND if a named index is missing, UNSUPPORTED if what was found is
   *     no SOCI index, CORRUPT if it is malformed or of another image
   */
  public static Optional<FoundIndex> find(
      ImageStore store, Content image, @Nullable Digest explicit) {
    return find(store, image, explicit, SEARCHED, Referrers.of(store));
  }

  /**
   * Like {@link #find(ImageStore, Content, Digest)}.
   *
   * @param searched where to look if no digest is given
   * @param referrers asked at most once
   */
  public static Optional<FoundIndex> find(
      ImageStore store,
      Content image,
      @Nullable Digest explicit,
      Set<FoundIndex.Way> searched,
      Referrers referrers) {
    if (explicit != null) {
      return Optional.of(read(store, explicit, FoundIndex.Way.EXPLICIT));
    }
    String named = OciJson.manifest(image).annotations().get(Annotations.INDEX_DIGEST);
    if (named != null && searched.contains(FoundIndex.Way.ANNOTATION)) {
      FoundIndex found = read(store, named(image, named), FoundIndex.Way.ANNOTATION);
      return Optional.of(found);
    }
    if (!searched.contains(FoundIndex.Way.REFERRER)) {
      return Optional.empty();
    }
    List<Descriptor> indexes = referrers.to(image.digest());
    if (indexes.isEmpty()) {
      return Optional.empty();
    }
    FoundIndex found = read(store, chosen(indexes).digest(), FoundIndex.Way.REFERRER);
    Descriptor subject = found.index().subject();
    if (subject == null || !subject.digest().equals(image.digest())) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "find SOCI index of image %s in %s: the referrer %s has another subject"
              .formatted(image.digest(), store, found.digest()));
    }
    return Optional.of(found);
  }

  /* The first, as AWS's snapshotter takes it; but prefetch artifacts that Sluice published later stand
   * in another index of the same image, and a registry lists its referrers in any order. */
  private static Descriptor chosen(List<Descriptor> referrers) {
    Descriptor chosen = referrers.getFirst();
    for (Descriptor each : referrers) {
      if (published(each).compareTo(published(chosen)) > 0) {
        chosen = each;
      }
    }
    return chosen;
  }

  private static String published(Descriptor index) {
    return index.annotations().getOrDefault(Annotations.PREFETCH_CREATED, "");
  }

  private static Digest named(Content image, String text) {
    if (!Digest.isDigest(text)) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "find SOCI index of image %s: its annotation %s is no digest"
              .formatted(image.digest(), Annotations.INDEX_DIGEST));
    }
    return Digest.parse(text);
  }

  private static FoundIndex read(ImageStore store, Digest digest, FoundIndex.Way way) {
    Content content;
    try {
      content = store.manifest(digest.toString());
    } catch (SluiceException e) {
      if (e.kind() != FailureKind.NOT_FOUND) {
        throw e;
      }
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "read SOCI index %s (%s) from %s: it is not there".formatted(digest, way.words(), store),
          way == FoundIndex.Way.ANNOTATION
              ? "copy the image with all that it holds, e.g. skopeo copy --all"
              : null,
          e);
    }
    return new FoundIndex(SociIndex.parse(content), digest, way);
  }
}
