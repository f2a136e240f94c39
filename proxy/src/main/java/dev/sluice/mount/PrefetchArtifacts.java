package dev.sluice.mount;

import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.prefetch.Hint;
import dev.sluice.soci.index.Annotations;
import dev.sluice.soci.index.PrefetchSpans;
import dev.sluice.soci.index.SociIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the prefetch artifacts of an index, all at once; one that is wrong is left out. */
final class PrefetchArtifacts {
  private static final Logger LOG = LoggerFactory.getLogger(PrefetchArtifacts.class);
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_ARTIFACTS = 256;
  private static final Executor THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private PrefetchArtifacts() {}

  /** What they say, the most urgent first; empty if there are none. Never fails. */
  static CompletableFuture<List<Hint>> read(ImageStore store, SociIndex index) {
    List<CompletableFuture<List<Hint>>> each =
        index.prefetches().stream()
            .limit(MOST_ARTIFACTS)
            .map(artifact -> CompletableFuture.supplyAsync(() -> hints(store, artifact), THREADS))
            .toList();
    return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
        .thenApply(_ ->
            each.stream()
                .flatMap(hints -> hints.join().stream())
                .sorted(Comparator.comparingInt(Hint::priority))
                .toList());
  }

  private static List<Hint> hints(ImageStore store, Descriptor artifact) {
    try {
      Digest layer =
          Digest.parse(artifact.annotations().getOrDefault(Annotations.LAYER_DIGEST, ""));
      PrefetchSpans spans =
          PrefetchSpans.parse(
              "prefetch artifact " + artifact.digest(), store.smallBlob(artifact, MOST_BYTES));
      List<Hint> hints = new ArrayList<>();
      for (PrefetchSpans.Range range : spans.ranges()) {
        hints.add(
            new Hint(layer, Hint.Unit.SPANS, range.first(), range.last() + 1L, range.priority()));
      }
      return hints;
    } catch (SluiceException e) {
      LOG.warn("prefetch by artifact {} of {}: {}", artifact.digest(), store, e.getMessage());
      return List.of();
    }
  }
}
