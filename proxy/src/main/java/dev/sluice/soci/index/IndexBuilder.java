package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Builds the SOCI index of an image, layers in parallel, and stores it. */
public final class IndexBuilder {
  /** What a layer in work may need beside its checkpoints. */
  private static final long LAYER_MEMORY_BYTES = 96L << 20;

  private final ImageStore source;
  private final ImageStore layers;
  private final ImageStore target;
  private final IndexOptions options;
  private final BuildListener listener;

  /**
   * @param source where the image is read
   * @param target where ztocs and index are stored; may be the source
   */
  public IndexBuilder(
      ImageStore source, ImageStore target, IndexOptions options, BuildListener listener) {
    this(source, source, target, options, listener);
  }

  /**
   * @param layers where the layers' bytes are read
   */
  IndexBuilder(
      ImageStore source,
      ImageStore layers,
      ImageStore target,
      IndexOptions options,
      BuildListener listener) {
    this.source = source;
    this.layers = layers;
    this.target = target;
    this.options = options;
    this.listener = listener;
  }

  /** What it means that {@link #build} gave nothing. */
  public static SluiceException nothingBuilt(ImageStore source) {
    return new SluiceException(
        FailureKind.UNSUPPORTED,
        "index %s: no ztocs created, all layers were skipped".formatted(source),
        "give a smaller --min-layer-size, or leave so small an image unindexed",
        null);
  }

  /**
   * Builds the index of one platform's image and stores it with all that it names; a v1 index is
   * found by its subject from then on.
   *
   * @return empty if no layer was worth a ztoc; then nothing is stored
   */
  public Optional<BuiltIndex> build(PlatformImage image, SociIndex.Version version) {
    Path spool = spool();
    try {
      ExistingZtocs existing = ExistingZtocs.of(source, image, version, options, listener);
      var indexer = new LayerIndexer(source, layers, options, listener, spool);
      List<Descriptor> wanted = image.manifest().layers();
      Map<Digest, LayerZtoc> built = buildAll(wanted, existing, indexer);
      if (built.isEmpty()) {
        return Optional.empty();
      }
      List<Descriptor> blobs = new ArrayList<>();
      wanted.forEach(layer -> {
        LayerZtoc ztoc = built.get(layer.digest());
        if (ztoc != null) {
          blobs.add(ztoc.descriptor());
        }
      });
      blobs.addAll(prefetch(wanted, built));
      return Optional.of(store(image, version, blobs, built));
    } finally {
      remove(spool);
    }
  }

  private BuiltIndex store(
      PlatformImage image,
      SociIndex.Version version,
      List<Descriptor> blobs,
      Map<Digest, LayerZtoc> built) {
    Content manifest = image.content();
    Descriptor subject = version == SociIndex.Version.V1 ? manifest.descriptor() : null;
    SociIndex index = SociIndex.of(version, blobs, subject, options.buildTool());
    for (LayerZtoc ztoc : built.values()) {
      Path file = ztoc.file();
      if (file != null && !target.hasBlob(ztoc.descriptor().digest())) {
        target.putBlob(ztoc.descriptor(), file);
      }
    }
    target.putBlob(index.config(), SociIndex.configBytes());
    Content content = index.content();
    target.putByDigest(content);
    return new BuiltIndex(image, index, content);
  }

  private Map<Digest, LayerZtoc> buildAll(
      List<Descriptor> wanted, ExistingZtocs existing, LayerIndexer indexer) {
    var distinct = new HashSet<Digest>();
    ExecutorService workers = Executors.newFixedThreadPool(workers(wanted.size()));
    try {
      // In the order in which they end, so that the first failure stops the others.
      var done = new ExecutorCompletionService<Map.@Nullable Entry<Digest, LayerZtoc>>(workers);
      for (Descriptor layer : wanted) {
        if (distinct.add(layer.digest())) {
          done.submit(() -> {
            LayerZtoc ztoc = indexer.index(layer, existing);
            return ztoc == null ? null : Map.entry(layer.digest(), ztoc);
          });
        }
      }
      Map<Digest, LayerZtoc> built = new HashMap<>();
      for (int i = 0; i < distinct.size(); i++) {
        Map.Entry<Digest, LayerZtoc> ztoc = done.take().get();
        if (ztoc != null) {
          built.put(ztoc.getKey(), ztoc.getValue());
        }
      }
      return built;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SluiceException known
          ? known
          : new SluiceException(FailureKind.INTERNAL, "index " + source, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "index " + source + ": interrupted", e);
    } finally {
      // close() waits for the workers, which must not write into a spool that is being removed.
      workers.shutdownNow();
      workers.close();
    }
  }

  private static int workers(int layers) {
    long byMemory = Runtime.getRuntime().maxMemory() / LAYER_MEMORY_BYTES;
    int cores = Runtime.getRuntime().availableProcessors();
    return Math.clamp(Math.min(byMemory, cores), 1, Math.max(1, layers));
  }

  /** The prefetch artifacts, in layer order; a file counts where its topmost layer has it. */
  private List<Descriptor> prefetch(List<Descriptor> wanted, Map<Digest, LayerZtoc> built) {
    Map<Digest, List<PrefetchSpans.Range>> ranges = new HashMap<>();
    for (String path : new PrefetchFinder(options.prefetchPaths()).paths()) {
      boolean found = false;
      for (Descriptor layer : wanted.reversed()) {
        LayerZtoc ztoc = built.get(layer.digest());
        PrefetchSpans.Range range = ztoc == null ? null : ztoc.prefetch().get(path);
        if (range != null) {
          ranges.computeIfAbsent(layer.digest(), _ -> new ArrayList<>()).add(range);
          found = true;
          break;
        }
      }
      if (!found) {
        listener.note("prefetch file /" + path + " is in no indexed layer");
      }
    }
    List<Descriptor> artifacts = new ArrayList<>();
    for (Descriptor layer : wanted) {
      List<PrefetchSpans.Range> of = ranges.remove(layer.digest());
      if (of != null) {
        artifacts.add(storePrefetch(layer, PrefetchSpans.merged(of)));
      }
    }
    return artifacts;
  }

  private Descriptor storePrefetch(Descriptor layer, PrefetchSpans spans) {
    byte[] bytes = spans.write();
    var annotations = new TreeMap<String, String>();
    annotations.put(Annotations.LAYER_DIGEST, layer.digest().toString());
    var descriptor =
        new Descriptor(
            MediaTypes.SOCI_PREFETCH,
            Digest.sha256(bytes),
            bytes.length,
            List.of(),
            annotations,
            null,
            null,
            null);
    target.putBlob(descriptor, bytes);
    listener.note("layer %s: prefetch artifact %s".formatted(layer.digest(), descriptor.digest()));
    return descriptor;
  }

  private static Path spool() {
    try {
      return Files.createTempDirectory("sluice-index-");
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "make a temporary directory: " + e.getMessage(), e);
    }
  }

  private static void remove(Path spool) {
    try (var files = Files.list(spool)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(spool);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "remove " + spool + ": " + e.getMessage(), e);
    }
  }
}
