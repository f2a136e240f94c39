package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps chunks in one file per layer, up to a number of bytes and a reserve of free space. */
final class DiskTier {
  private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);

  /*
   * Layers that are open hold a DiskLayer each; of the others only the size is known. Room is made
   * by deleting closed layers first, whole, the one closed longest ago before the others, then
   * single chunks of open layers as EvictionOrder says.
   *
   * The lock (this) guards the two maps and what belongs together with them: opening, closing and
   * deleting the files of a layer. Chunks of open layers are changed by the writer thread without
   * it.
   */
  private final CacheOptions options;
  private final CacheDirectory directory;
  private final SparseFiles files;
  private final MemoryTier memory;
  private final Counters counters;
  private final DiskHealth health;
  private final DiskWriter writer;
  private final EvictionOrder order = new EvictionOrder();
  private final Map<LayerKey, DiskLayer> open = new HashMap<>();
  private final LinkedHashMap<LayerKey, Long> closed = new LinkedHashMap<>();
  private final AtomicLong used = new AtomicLong();

  DiskTier(
      CacheOptions options,
      CacheDirectory directory,
      SparseFiles files,
      MemoryTier memory,
      Counters counters) {
    this.options = options;
    this.directory = directory;
    this.files = files;
    this.memory = memory;
    this.counters = counters;
    this.health = new DiskHealth(options.diskRetry());
    this.writer = new DiskWriter(this, options, counters);
  }

  /** Finds what an earlier process has left, and starts to take writes. */
  void start() throws IOException {
    record Found(LayerKey key, FileTime lastUse, long bytes) {}
    List<Found> found = new ArrayList<>();
    for (LayerKey key : directory.sweep()) {
      try (SparseFile tar = files.open(directory.tar(key))) {
        found.add(
            new Found(key, Files.getLastModifiedTime(directory.journal(key)), tar.allocated()));
      }
    }
    found.sort(Comparator.comparing(Found::lastUse));
    synchronized (this) {
      for (Found layer : found) {
        closed.put(layer.key(), layer.bytes());
        used.addAndGet(layer.bytes());
      }
    }
    writer.start();
    boolean _ = writer.execute(() -> makeRoom(0));
  }

  boolean enabled() {
    return options.diskBytes() > 0;
  }

  /** Bytes of the file system that all layers take. */
  long used() {
    return used.get();
  }

  boolean degraded() {
    return health.degraded();
  }

  DiskHealth health() {
    return health;
  }

  // ---- opening and closing layers

  /** The layer's file with what is present of it, held once for the caller. */
  synchronized DiskLayer open(LayerKey key, ChunkMap map) throws IOException {
    DiskLayer now = open.get(key);
    if (now != null) {
      if (now.map().equals(map) && now.retain()) {
        return now;
      }
      settle(now);
    }
    JournalFormat.Contents contents = Journal.read(directory.journal(key));
    if (contents != null && fits(contents, key, map)) {
      return reopen(contents);
    }
    forgetClosed(key);
    directory.delete(key);
    return create(new JournalFormat.Header(key, map, false));
  }

  /** An adopted layer's file if it is whole, held once for the caller. */
  synchronized @Nullable DiskLayer openComplete(LayerKey key) throws IOException {
    DiskLayer now = open.get(key);
    if (now != null && now.retain()) {
      if (now.adopted() && now.complete()) {
        return now;
      }
      now.release();
      return null;
    }
    JournalFormat.Contents contents = Journal.read(directory.journal(key));
    if (contents == null
        || !contents.header().adopted()
        || contents.order().length != contents.header().map().count()
        || !fits(contents, key, contents.header().map())) {
      return null;
    }
    if (now != null) {
      settle(now);
    }
    return reopen(contents);
  }

  private boolean fits(JournalFormat.Contents contents, LayerKey key, ChunkMap map)
      throws IOException {
    Path tar = directory.tar(key);
    return contents.header().key().equals(key)
        && contents.header().map().equals(map)
        && Files.exists(tar)
        && Files.size(tar) == map.size();
  }

  private DiskLayer create(JournalFormat.Header header) throws IOException {
    SparseFile tar = files.create(directory.tar(header.key()));
    Journal journal = null;
    try {
      tar.resize(header.map().size());
      journal =
          Journal.create(
              files,
              directory.journal(header.key()),
              directory.journalDraft(header.key()),
              header,
              List.of(),
              options.durability());
      return register(header, tar, journal);
    } catch (IOException e) {
      abandon(tar, journal, e);
      directory.delete(header.key());
      throw e;
    }
  }

  private DiskLayer reopen(JournalFormat.Contents contents) throws IOException {
    LayerKey key = contents.header().key();
    SparseFile tar = files.open(directory.tar(key));
    Journal journal = null;
    DiskLayer layer = null;
    try {
      journal =
          contents.damaged()
              ? rewrite(contents)
              : Journal.open(files, directory.journal(key), directory.journalDraft(key), contents);
      layer = register(contents.header(), tar, journal);
      layer.recover(contents.order(), contents.crcs());
      layer.punchGaps();
      forgetClosed(key);
      used.addAndGet(layer.charged());
      touch(key);
      addToOrder(layer, contents.order());
      return layer;
    } catch (IOException e) {
      if (layer == null) {
        abandon(tar, journal, e);
      } else {
        open.remove(key);
        close(layer);
      }
      throw e;
    }
  }

  private void addToOrder(DiskLayer layer, int[] chunks) {
    if (!layer.adopted()) {
      boolean _ = writer.execute(() -> order.addAll(layer, chunks));
    }
  }

  private Journal rewrite(JournalFormat.Contents contents) throws IOException {
    LayerKey key = contents.header().key();
    List<JournalFormat.Entry> entries = new ArrayList<>();
    for (int chunk : contents.order()) {
      entries.add(
          new JournalFormat.Entry(JournalFormat.Kind.PRESENT, chunk, contents.crcs()[chunk]));
    }
    LOG.info("the journal of layer {} was damaged; {} chunks are left", key, entries.size());
    return Journal.create(
        files,
        directory.journal(key),
        directory.journalDraft(key),
        contents.header(),
        entries,
        options.durability());
  }

  private DiskLayer register(JournalFormat.Header header, SparseFile tar, Journal journal)
      throws IOException {
    long size = header.map().size();
    long address = size == 0 ? 0 : tar.map(size);
    DiskLayer layer =
        new DiskLayer(
            header, tar, address, journal, new LayerMemory(header.map().count(), memory), this);
    open.put(header.key(), layer);
    return layer;
  }

  private static void abandon(SparseFile tar, @Nullable Journal journal, IOException cause) {
    try (tar;
        journal) {
      return;
    } catch (IOException again) {
      cause.addSuppressed(again);
    }
  }

  /** Nobody holds the layer any more: closes its files. */
  synchronized void finish(DiskLayer layer) {
    if (open.remove(layer.key(), layer)) {
      closed.put(layer.key(), layer.charged());
      touch(layer.key());
      close(layer);
    }
  }

  /** Makes way for another file of the same layer. */
  private void settle(DiskLayer layer) throws IOException {
    if (!layer.retain()) {
      finish(layer);
      return;
    }
    layer.release();
    throw new IOException(
        "open layer %s: leases of it with other chunks are still out".formatted(layer.key()));
  }

  private void close(DiskLayer layer) {
    boolean _ = writer.execute(() -> order.forget(layer));
    try {
      layer.closeFiles();
    } catch (IOException e) {
      noteError("close layer " + layer, e);
    }
  }

  private void touch(LayerKey key) {
    try {
      Files.setLastModifiedTime(directory.journal(key), FileTime.from(Instant.now()));
    } catch (IOException e) {
      noteError("note the use of layer " + key, e);
    }
  }

  private void forgetClosed(LayerKey key) {
    Long bytes = closed.remove(key);
    if (bytes != null) {
      used.addAndGet(-bytes);
    }
  }

  // ---- adopting a whole file

  CacheDirectory directory() {
    return directory;
  }

  SparseFile createStaging(Path path) throws IOException {
    return files.create(path);
  }

  /** Waits until {@code bytes} more may be written; they count as used from then on. */
  void reserve(long bytes, Duration patience) throws IOException {
    writer.reserve(bytes, patience);
  }

  void unreserve(long bytes) {
    used.addAndGet(-bytes);
  }

  /**
   * Makes a staged file the layer's, held once for the caller.
   *
   * @param reserved bytes that {@link #reserve} has counted for it
   */
  synchronized DiskLayer install(
      LayerKey key, ChunkMap map, Path staged, List<JournalFormat.Entry> entries, long reserved)
      throws IOException {
    DiskLayer now = open.get(key);
    if (now != null) {
      settle(now);
    }
    forgetClosed(key);
    directory.delete(key);
    try {
      Files.move(staged, directory.tar(key), StandardCopyOption.ATOMIC_MOVE);
      Journal.create(
              files,
              directory.journal(key),
              directory.journalDraft(key),
              new JournalFormat.Header(key, map, true),
              entries,
              options.durability())
          .close();
      DiskLayer layer = openComplete(key);
      if (layer == null) {
        throw new IOException("adopt layer %s: its files changed meanwhile".formatted(key));
      }
      used.addAndGet(-reserved);
      return layer;
    } catch (IOException e) {
      directory.delete(key);
      throw e;
    }
  }

  // ---- room, the writer thread only

  /** Evicts until {@code bytes} more may be written; false if that can't be. */
  boolean makeRoom(long bytes) {
    long over = used.get() + bytes - options.diskBytes();
    long lack;
    try {
      lack = options.diskReserveBytes() + bytes - files.usable(directory.root());
    } catch (IOException e) {
      noteError("make room", e);
      return false;
    }
    while (over > 0 || lack > 0) {
      long freed = evictOne(over > 0);
      if (freed < 0) {
        return false;
      }
      over -= freed;
      lack -= freed;
    }
    return true;
  }

  /** Drops a closed layer or a chunk; returns the bytes freed, -1 if there is none to drop. */
  private long evictOne(boolean forBound) {
    long freed = deleteOldestClosed();
    if (freed >= 0) {
      counters.layersEvicted.increment();
      return freed;
    }
    EvictionOrder.Entry victim;
    do {
      victim = order.next();
      if (victim == null) {
        return -1;
      }
    } while (!victim.layer().retain()); // being closed: its turn comes as a whole
    (forBound ? counters.diskEvictionsForBound : counters.diskEvictionsForReserve).increment();
    try {
      return erase(victim.layer(), victim.chunk());
    } finally {
      victim.layer().release();
    }
  }

  private synchronized long deleteOldestClosed() {
    Iterator<Map.Entry<LayerKey, Long>> oldest = closed.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<LayerKey, Long> layer = oldest.next();
      try {
        directory.delete(layer.getKey());
        oldest.remove();
        used.addAndGet(-layer.getValue());
        return layer.getValue();
      } catch (IOException e) {
        noteError("delete layer " + layer.getKey(), e);
      }
    }
    return -1;
  }

  /** Ends an eviction that has begun. */
  private long erase(DiskLayer layer, int chunk) {
    long cost = layer.cost(chunk);
    try {
      layer.erase(chunk);
    } catch (IOException e) {
      noteError("drop chunk %d of layer %s".formatted(chunk, layer), e);
    }
    layer.states().finishEvict(chunk);
    charge(layer, -cost);
    return cost;
  }

  void charge(DiskLayer layer, long bytes) {
    layer.charge(bytes);
    used.addAndGet(bytes);
  }

  /** The chunk is in the file now. */
  void written(DiskLayer layer, int chunk) {
    counters.diskWrites.increment();
    if (!layer.adopted()) {
      order.add(layer, chunk);
    }
  }

  void compactIfWorthwhile(DiskLayer layer) {
    synchronized (this) {
      if (open.get(layer.key()) != layer) {
        return;
      }
      try {
        layer.compactIfWorthwhile(options.durability());
      } catch (IOException e) {
        noteError("write the journal of layer %s anew".formatted(layer), e);
      }
    }
  }

  // ---- any thread

  /** Writes a chunk that the caller holds, later; {@code settled} runs after that or at once. */
  void write(DiskLayer layer, Resident resident, Runnable settled) {
    writer.offer(layer, resident, settled);
  }

  /** A broken chunk that nobody pins any more; the caller holds the layer. */
  void dropBroken(DiskLayer layer, int chunk) {
    if (!layer.retain()) {
      return;
    }
    boolean taken =
        writer.execute(() -> {
          if (layer.states().beginEvict(chunk)) {
            erase(layer, chunk);
          }
          layer.release();
        });
    if (!taken) {
      layer.release();
    }
  }

  void noteCorrupt(DiskLayer layer, int chunk, String fault) {
    counters.corrupt.increment();
    LOG.warn("chunk {} of layer {} on disk {}: dropped, to be fetched again", chunk, layer, fault);
  }

  void noteError(String action, IOException cause) {
    counters.diskErrors.increment();
    LOG.debug("{}: {}", action, cause.getMessage(), cause);
  }

  /** Writes what waits, within a bounded time. */
  void close(Duration patience) {
    writer.close(patience);
  }
}
