package dev.sluice.doctor;

import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Descriptor;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.SociIndexFinder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Whether an image can be had from its registry, has an index, and can be read in ranges. */
final class ImageCheck implements Check {
  private static final String IMAGE = "image";
  private static final String INDEX = "index";
  private static final String RANGES = "ranges";
  private static final long PROBE_BYTES = 16;
  private static final long DEADLINE_SECONDS = 60;

  private final ImageStore store;
  private final Function<Descriptor, BlobSource> blobs;

  ImageCheck(ImageStore store, Function<Descriptor, BlobSource> blobs) {
    this.store = store;
    this.blobs = blobs;
  }

  @Override
  public String subject() {
    return IMAGE;
  }

  @Override
  public List<Finding> run() throws InterruptedException, java.util.concurrent.TimeoutException {
    PlatformImage image = PlatformImage.choose(store, store.manifest(""), null);
    List<Descriptor> layers = image.manifest().layers();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        Finding.ok(
            IMAGE,
            "%s is %s with %d layers".formatted(store, image.content().digest(), layers.size())));
    findings.add(index(image));
    Optional<Descriptor> largest = layers.stream().max(Comparator.comparingLong(Descriptor::size));
    if (largest.isPresent()) {
      findings.add(range(largest.get()));
    }
    return findings;
  }

  private Finding index(PlatformImage image) {
    Optional<FoundIndex> found;
    try {
      found = SociIndexFinder.find(store, image.content(), null);
    } catch (SluiceException e) {
      return Finding.fail(INDEX, String.valueOf(e.getMessage()), e.advice());
    }
    return found
        .map(index ->
            Finding.ok(
                INDEX,
                "%s covers %d of %d layers"
                    .formatted(
                        index.digest(),
                        index.index().ztocs().size(),
                        image.manifest().layers().size())))
        .orElseGet(() ->
            Finding.warn(
                INDEX,
                "the image has no SOCI index: its layers are pulled whole",
                "make one: sluice create " + store));
  }

  private Finding range(Descriptor layer)
      throws InterruptedException, java.util.concurrent.TimeoutException {
    AtomicLong got = new AtomicLong();
    long from = Math.max(0, layer.size() / 2);
    long to = Math.min(layer.size(), from + PROBE_BYTES);
    try {
      blobs
          .apply(layer)
          .range(from, to, buffer -> got.addAndGet(buffer.length()))
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = SluiceException.unwrap(e);
      return Finding.fail(RANGES, SluiceException.describe(cause), ServiceCheck.adviceOf(cause));
    }
    return got.get() == to - from
        ? Finding.ok(RANGES, "a range out of the middle of layer %s came".formatted(layer.digest()))
        : Finding.fail(RANGES, "asked for %d bytes, got %d".formatted(to - from, got.get()), null);
  }
}
