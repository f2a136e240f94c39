package dev.sluice.mount;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.fetch.FetchScheduler;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fetch.SpanOrigin;
import dev.sluice.image.ImageStore;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.layer.LayerWatchers;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a layer lazily by its ztoc; pulls it whole where that can't be. Blocks. */
public final class LayerOpener {
  private static final Logger LOG = LoggerFactory.getLogger(LayerOpener.class);
  private static final int MOST_VERIFIED = 10_000;

  private final StateDirectory state;
  private final ChunkCache cache;
  private final FetchScheduler scheduler;
  private final InflateWorkers workers;
  private final WholeLayers whole;
  private final TreeHeap trees = new TreeHeap();

  /** Ztocs whose files were digested in this process: one is fetched ahead, and opened later. */
  private final Set<Digest> verified = ConcurrentHashMap.newKeySet();

  /** Ztocs that are being fetched; each once, however many ask. */
  private final Map<Digest, ReentrantLock> fetching = new ConcurrentHashMap<>();

  LayerOpener(
      StateDirectory state, ChunkCache cache, FetchScheduler scheduler, InflateWorkers workers) {
    this.state = state;
    this.cache = cache;
    this.scheduler = scheduler;
    this.workers = workers;
    this.whole = new WholeLayers(cache);
  }

  /**
   * @param blobs how to read ranges of a layer
   */
  OpenLayer open(ImageStore store, Function<Descriptor, BlobSource> blobs, LayerPlan plan) {
    String note = "it has no ztoc";
    Descriptor ztoc = plan.ztoc();
    if (ztoc != null) {
      try {
        return openLazily(store, blobs.apply(plan.layer()), plan, ztoc);
      } catch (SluiceException e) {
        LOG.warn("mount layer {} lazily: {}; it is pulled whole", plan.label(), e.getMessage());
        note = SluiceException.describe(e);
      }
    }
    return whole.open(store, plan, note);
  }

  private OpenLayer openLazily(
      ImageStore store, BlobSource blob, LayerPlan plan, Descriptor descriptor) {
    return openLazily(fetchZtoc(store, descriptor), blob, plan, descriptor, false);
  }

  /**
   * Opens a layer lazily; its ztoc is fetched unless it is kept from earlier.
   *
   * @param plan with a ztoc
   * @throws SluiceException if the ztoc can't be had or used
   */
  public OpenLayer openLazily(ImageStore store, BlobSource blob, LayerPlan plan) {
    return openLazily(store, blob, plan, ztocOf(plan));
  }

  /**
   * Opens a layer that was lazy before by the ztoc that was kept, without any request.
   *
   * @throws SluiceException NOT_FOUND if the ztoc is no longer there or not whole
   */
  public OpenLayer reopenLazily(BlobSource blob, LayerPlan plan) {
    Descriptor ztoc = ztocOf(plan);
    Path file = state.ztoc(ztoc.digest());
    try {
      if (!isWhole(file, ztoc.digest())) {
        throw new SluiceException(
            FailureKind.NOT_FOUND,
            "open layer %s: its ztoc %s is not in %s, or damaged"
                .formatted(plan.label(), ztoc.digest(), file));
      }
    } catch (IOException e) {
      throw StateDirectory.cannot("read ztoc", file, e);
    }
    return openLazily(file, blob, plan, ztoc, true);
  }

  /** Fetches a layer's ztoc and keeps it, unless it is kept already. */
  public void keepZtoc(ImageStore store, LayerPlan plan) {
    var _ = fetchZtoc(store, ztocOf(plan));
  }

  private static Descriptor ztocOf(LayerPlan plan) {
    return Objects.requireNonNull(plan.ztoc(), "a layer without a ztoc can't be lazy");
  }

  private OpenLayer openLazily(
      Path file, BlobSource blob, LayerPlan plan, Descriptor descriptor, boolean again) {
    Limits limits = Limits.forHeap();
    long entries = Math.min(limits.entries(), ZtocReader.countEntries(file, limits));
    TreeHeap.Share share = trees.open(entries * Limits.OPENING_BYTES, plan.label(), again);
    try (var _ = workers.precede()) {
      return openLazily(ZtocReader.open(file, limits), blob, plan, descriptor, share);
    } catch (RuntimeException e) {
      share.close();
      throw e;
    }
  }

  private OpenLayer openLazily(
      Ztoc ztoc, BlobSource blob, LayerPlan plan, Descriptor descriptor, TreeHeap.Share share) {
    try {
      if (ztoc.compressedSize() != plan.layer().size()) {
        throw new SluiceException(
            FailureKind.CORRUPT,
            "use ztoc %s for layer %s: it describes a blob of %d bytes, the layer has %d"
                .formatted(
                    descriptor.digest(),
                    plan.layer().digest(),
                    ztoc.compressedSize(),
                    plan.layer().size()));
      }
      LayerTree tree = LayerTreeBuilder.build(ztoc.entries());
      share.opened(tree.heapBytes());
      SpanOrigin origin = new SpanOrigin(ztoc.spans(), blob, scheduler, workers);
      ChunkMap map = ChunkMap.of(ztoc.spans().uncompressedStarts(), ztoc.uncompressedSize());
      LayerCache bytes = cache.open(keyOf(plan.layer(), descriptor.digest()), map, origin);
      return new OpenLayer(
          plan, tree, bytes, ztoc.spans(), new LayerWatchers(), "", List.of(ztoc.spans(), share));
    } catch (RuntimeException e) {
      ztoc.close();
      throw e;
    }
  }

  /* An index makes claims about a layer, so what is cached belongs to the pair of both. */
  private static LayerKey keyOf(Descriptor layer, Digest ztoc) {
    return new LayerKey(layer.digest().hex() + "-" + ztoc.hex().substring(0, 32));
  }

  /** The ztoc as a local file whose bytes have the digest. */
  private Path fetchZtoc(ImageStore store, Descriptor ztoc) {
    if (ztoc.size() > Limits.DEFAULT.ztocBytes()) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "fetch ztoc %s: it has %d bytes, more than %d"
              .formatted(ztoc.digest(), ztoc.size(), Limits.DEFAULT.ztocBytes()));
    }
    // Whoever fetches it ahead and whoever opens the layer often come at the same time.
    ReentrantLock alone = fetching.computeIfAbsent(ztoc.digest(), _ -> new ReentrantLock());
    alone.lock();
    try {
      return fetchZtocAlone(store, ztoc);
    } finally {
      fetching.remove(ztoc.digest(), alone);
      alone.unlock();
    }
  }

  private Path fetchZtocAlone(ImageStore store, Descriptor ztoc) {
    Path file = state.ztoc(ztoc.digest());
    try {
      boolean known = verified.contains(ztoc.digest()) && hasSize(file, ztoc.size());
      if (!known && !isWhole(file, ztoc.digest())) {
        Path incoming = Files.createTempFile(file.getParent(), ".incoming", "");
        try (InputStream in = store.openBlob(ztoc)) {
          Files.copy(in, incoming, StandardCopyOption.REPLACE_EXISTING);
          sync(incoming);
          Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(incoming);
        }
      }
      if (verified.size() >= MOST_VERIFIED) {
        verified.clear();
      }
      verified.add(ztoc.digest());
      return file;
    } catch (IOException e) {
      throw StateDirectory.cannot("keep ztoc in", file, e);
    }
  }

  private static boolean hasSize(Path file, long size) throws IOException {
    return Files.exists(file) && Files.size(file) == size;
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static boolean isWhole(Path file, Digest digest) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    var digester = digest.digester();
    try (InputStream in = Files.newInputStream(file)) {
      in.transferTo(
          new java.security.DigestOutputStream(FilterOutputStream.nullOutputStream(), digester));
    }
    return java.util.HexFormat.of().formatHex(digester.digest()).equals(digest.hex());
  }
}
