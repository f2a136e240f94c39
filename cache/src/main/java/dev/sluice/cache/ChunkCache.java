package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All layers of a node: memory over disk over each layer's origin.
 *
 * <p>A read is answered from memory, else from a mapping of the layer's file on disk, else by the
 * origin, once for all who wait. What an origin brings goes to memory, answers its readers, and is
 * then written to disk; the tiers evict independently. A chunk on disk is not copied to memory when
 * it is read: the kernel's page cache is its memory.
 */
public final class ChunkCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkCache.class);
  private static final Duration LONGEST_WATCH = Duration.ofSeconds(5);

  private final CacheOptions options;
  private final CacheDirectory directory;
  private final Counters counters = new Counters();
  private final MemoryTier memory;
  private final DiskTier disk;
  private final Map<Lane, FillWindow> fills;
  private final Demand demand = new Demand();
  private final ScheduledExecutorService watch;

  /** Guarded by this, as is {@link #closed}. */
  private final Map<LayerKey, Shared> layers = new HashMap<>();

  private boolean closed;

  /** A layer and how many have it open. */
  private static final class Shared {
    private final Layer layer;
    private final List<LayerHandle> handles = new ArrayList<>();

    Shared(Layer layer) {
      this.layer = layer;
    }
  }

  private ChunkCache(
      CacheOptions options, CacheDirectory directory, SparseFiles files, LongSupplier clock) {
    this.options = options;
    this.directory = directory;
    this.memory =
        new MemoryTier(
            options.memoryBytes(), options.memoryBytes() + options.writeQueueBytes(), counters);
    this.disk = new DiskTier(options, directory, files, memory, counters, clock);
    // Hints and background fills together never fill the queue of the disk.
    long window = Math.max(1, options.writeQueueBytes() / 2);
    this.fills =
        Arrays.stream(Lane.values())
            .collect(Collectors.toMap(Function.identity(), lane -> new FillWindow(window)));
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("sluice-cache-watch").factory());
  }

  /**
   * Opens the cache in a directory, which it creates if needed and owns until it is closed, and
   * deletes what a crash has left there.
   *
   * @throws IOException if the directory can't be written, or another cache has it open
   */
  public static ChunkCache open(CacheOptions options) throws IOException {
    return open(options, SparseFiles.host());
  }

  static ChunkCache open(CacheOptions options, SparseFiles files) throws IOException {
    return open(options, files, System::nanoTime);
  }

  /**
   * @param clock of uses, in nanoseconds
   */
  static ChunkCache open(CacheOptions options, SparseFiles files, LongSupplier clock)
      throws IOException {
    CacheDirectory directory = CacheDirectory.open(options.directory(), files);
    try {
      ChunkCache cache = new ChunkCache(options, directory, files, clock);
      cache.start();
      return cache;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private void start() throws IOException {
    disk.start();
    Duration eighth = options.originDeadline().dividedBy(8);
    long period = (eighth.compareTo(LONGEST_WATCH) < 0 ? eighth : LONGEST_WATCH).toMillis();
    var _ =
        watch.scheduleWithFixedDelay(
            this::expire, Math.max(1, period), Math.max(1, period), TimeUnit.MILLISECONDS);
  }

  /**
   * Opens a layer. All who open a key share its chunks; each brings its own origin, which is asked
   * for what its own reads miss. If the disk fails, the layer is served without it.
   *
   * @throws IllegalArgumentException if the key is open with other chunks
   */
  public synchronized LayerCache open(LayerKey key, ChunkMap map, Origin origin) {
    checkOpen();
    Shared shared = layers.get(key);
    if (shared == null) {
      shared = share(key, map, openOnDisk(key, map));
    } else if (!shared.layer.map().equals(map)) {
      throw new IllegalArgumentException(
          "open layer %s: it is open with other chunks (%s, not %s)"
              .formatted(key, shared.layer.map(), map));
    }
    return handle(shared, origin);
  }

  private @Nullable DiskLayer openOnDisk(LayerKey key, ChunkMap map) {
    if (!disk.enabled()) {
      return null;
    }
    try {
      return disk.open(key, map);
    } catch (IOException e) {
      disk.health().note("open layer " + key, e);
      LOG.warn("layer {} is served without the disk tier: {}", key, e.getMessage());
      return null;
    }
  }

  private Shared share(LayerKey key, ChunkMap map, @Nullable DiskLayer onDisk) {
    Shared shared =
        new Shared(new Layer(key, map, memory, disk, onDisk, fills, options, counters, demand));
    layers.put(key, shared);
    return shared;
  }

  private LayerHandle handle(Shared shared, Origin origin) {
    LayerHandle[] self = new LayerHandle[1];
    self[0] = new LayerHandle(shared.layer, origin, () -> close(shared, self[0]));
    shared.handles.add(self[0]);
    return self[0];
  }

  private void close(Shared shared, LayerHandle handle) {
    synchronized (this) {
      shared.handles.remove(handle);
      if (!shared.handles.isEmpty()) {
        return;
      }
      layers.remove(shared.layer.key(), shared);
    }
    shared.layer.close();
  }

  /**
   * Starts to take a complete decompressed tar as a layer: one that has no origin, and is kept
   * while it is open. The caller writes the bytes, verifies them, and commits.
   *
   * @throws IOException if the disk fails
   */
  public StagedLayer adopt(LayerKey key) throws IOException {
    synchronized (this) {
      checkOpen();
    }
    return new StagedLayer(disk, key, options.durability(), layer -> openAdopted(key, layer));
  }

  /** A layer adopted earlier, if the disk tier still has all of it. */
  public synchronized Optional<LayerCache> openComplete(LayerKey key) throws IOException {
    checkOpen();
    if (!disk.enabled()) {
      return Optional.empty();
    }
    DiskLayer layer = disk.openComplete(key);
    return layer == null ? Optional.empty() : Optional.of(openAdopted(key, layer));
  }

  private synchronized LayerCache openAdopted(LayerKey key, DiskLayer onDisk) {
    Shared shared = layers.get(key);
    if (shared == null) {
      shared = share(key, onDisk.map(), onDisk);
    } else {
      onDisk.release(); // the shared layer holds it
    }
    return handle(shared, new NoOrigin(key));
  }

  // ---- who needs what

  /** How readers of all layers are doing. */
  public Demand demand() {
    return demand;
  }

  /** Says which layers are in containers: their chunks are evicted after those of all others. */
  public void running(Set<LayerKey> keys) {
    disk.running(keys);
  }

  /**
   * Says which layers are never evicted, whether they are open now or not; kept over restarts.
   *
   * @throws IOException if that can't be written down; then nothing has changed
   */
  public void pin(Set<LayerKey> keys) throws IOException {
    disk.pinned(keys);
  }

  /** The layers that are never evicted. */
  public Set<LayerKey> pinned() {
    return disk.room().pinned();
  }

  /**
   * Bytes that {@link Lane#BACKGROUND} may still bring; 0 if the disk tier is off, or takes nothing
   * now.
   */
  public long roomForBackground() {
    if (!disk.enabled() || disk.degraded()) {
      return 0;
    }
    try {
      return disk.room().forBackground();
    } catch (IOException e) {
      disk.health().note("look for room", e);
      return 0;
    }
  }

  /**
   * Deletes all layers that nobody has open and nobody has pinned.
   *
   * @return which, with the bytes that each had on disk
   * @throws IOException if one can't be deleted; those before it are
   */
  public Map<LayerKey, Long> collect() throws IOException {
    return disk.room().deleteClosed();
  }

  /** What the cache holds and has done. */
  public CacheStats stats() {
    return CacheStats.of(counters, memory, disk);
  }

  /** Lets time pass for the order of eviction; completes when it has. */
  CompletableFuture<@Nullable Void> age() {
    return disk.age();
  }

  private void expire() {
    var _ = age();
    List<Layer> open;
    synchronized (this) {
      open = layers.values().stream().map(shared -> shared.layer).toList();
    }
    for (Layer layer : open) {
      try {
        layer.expire();
      } catch (RuntimeException e) {
        LOG.error("looking for late fetches of layer {} failed", layer.key(), e);
      }
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the cache in %s is closed".formatted(directory.root()));
    }
  }

  /**
   * Closes all layers, writes what waits for the disk within {@link CacheOptions#closeDeadline},
   * and lets go of the directory. Leases given out stay valid.
   */
  @Override
  public void close() throws IOException {
    List<LayerHandle> open = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      layers.values().forEach(shared -> open.addAll(shared.handles));
    }
    watch.shutdownNow();
    open.forEach(LayerHandle::close);
    disk.close(options.closeDeadline());
    directory.close();
  }
}
