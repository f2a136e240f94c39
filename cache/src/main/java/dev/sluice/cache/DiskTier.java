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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps chunks in one file per layer, up to a number of bytes and a reserve of free space. */
final class DiskTier {
  private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);

  /*
   * Layers that are open hold a DiskLayer each; of the others DiskRoom knows the size. The lock
   * (this) guards the open layers, and the opening and closing of their files. What is in the files
   * of an open layer is changed by the writer thread, without the lock. Lock order: this, DiskRoom.
   */
  private final CacheOptions options;
  private final CacheDirectory directory;
  private final SparseFiles files;
  private final MemoryTier memory;
  private final Counters counters;
  private final DiskHealth health;
  private final DiskWriter writer;
  private final DiskRoom room;
  private final DiskChanges changes;
  private final Map<LayerKey, DiskLayer> open = new HashMap<>();

  /** Layers that containers have; guarded by this. */
  private Set<LayerKey> running = Set.of();

  DiskTier(
      CacheOptions options,
      CacheDirectory directory,
      SparseFiles files,
      MemoryTier memory,
      Counters counters,
      LongSupplier clock) {
    this.options = options;
    this.directory = directory;
    this.files = files;
    this.memory = memory;
    this.counters = counters;
    this.health = new DiskHealth(options.diskRetry(), counters);
    this.room = new DiskRoom(options, directory, files, health, counters, clock);
    this.writer = new DiskWriter(this, options, counters);
    this.changes = new DiskChanges(this, writer);
  }

  /** Finds what an earlier process has left, and starts to take writes. */
  void start() throws IOException {
    record Found(LayerKey key, FileTime lastUse, long bytes) {}
    List<Found> found = new ArrayList<>();
    for (LayerKey key : directory.sweep()) {
      try (SparseFile tar = files.open(directory.tar(key))) {
        found.add(
            new Found(key, Files.getLastModifiedTime(directory.journal(key)), tar.allocated()));
      } catch (IOException e) {
        health.note("find layer " + key, e);
        directory.delete(key);
      }
    }
    found.sort(Comparator.comparing(Found::lastUse));
    room.pinned(directory.readPinned());
    for (Found layer : found) {
      room.charge(layer.bytes());
      room.leave(layer.key(), layer.bytes());
    }
    writer.start();
    boolean _ = writer.execute(() -> room.make(0, Lane.DEMAND));
  }

  boolean enabled() {
    return options.diskBytes() > 0;
  }

  DiskRoom room() {
    return room;
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
    long counted = room.claim(key);
    try {
      JournalFormat.Contents contents = Journal.read(directory.journal(key));
      if (contents != null && fits(contents, key, map)) {
        return reopen(contents, counted);
      }
      directory.delete(key);
    } catch (IOException e) {
      if (open.get(key) == null && !room.isClosed(key)) {
        room.leave(key, counted);
      }
      throw e;
    }
    room.charge(-counted);
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
    long counted = room.claim(key);
    if (!Files.exists(directory.tar(key))) {
      room.charge(-counted);
      return null; // evicted just now
    }
    return reopen(contents, counted);
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

  /**
   * @param counted bytes that are counted for its files; after a failure they are left as closed
   */
  private DiskLayer reopen(JournalFormat.Contents contents, long counted) throws IOException {
    LayerKey key = contents.header().key();
    SparseFile tar = null;
    Journal journal = null;
    DiskLayer layer = null;
    try {
      tar = files.open(directory.tar(key));
      journal =
          contents.damaged()
              ? rewrite(contents)
              : Journal.open(files, directory.journal(key), directory.journalDraft(key), contents);
      layer = register(contents.header(), tar, journal);
      layer.recover(contents);
      layer.punchGaps();
      room.charge(layer.charged() - counted);
      touch(key);
      addToOrder(layer, contents.order());
      return layer;
    } catch (IOException e) {
      if (layer != null) {
        open.remove(key);
        close(layer);
      } else if (tar != null) {
        abandon(tar, journal, e);
      }
      room.leave(key, counted);
      throw e;
    }
  }

  private void addToOrder(DiskLayer layer, int[] chunks) {
    if (layer.evictable()) {
      boolean _ = writer.execute(() -> room.order().addAll(layer, chunks));
    }
  }

  private Journal rewrite(JournalFormat.Contents contents) throws IOException {
    LayerKey key = contents.header().key();
    List<JournalFormat.Entry> entries = contents.entries();
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
    layer.use(useOf(header.key()));
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
      close(layer);
      touch(layer.key());
      room.leave(layer.key(), layer.charged());
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
    boolean _ = writer.execute(() -> room.order().forget(layer));
    try {
      layer.closeFiles();
    } catch (IOException e) {
      health.note("close layer " + layer, e);
    }
  }

  private void touch(LayerKey key) {
    try {
      Files.setLastModifiedTime(directory.journal(key), FileTime.from(Instant.now()));
    } catch (IOException e) {
      health.note("note the use of layer " + key, e);
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
    long counted = room.claim(key);
    directory.delete(key);
    room.charge(-counted);
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
      room.charge(-reserved);
      return layer;
    } catch (IOException e) {
      directory.delete(key);
      throw e;
    }
  }

  // ---- the writer thread

  /** The chunk is in the file now. */
  void written(DiskLayer layer, int chunk) {
    counters.diskWrites.increment();
    if (layer.evictable()) {
      room.order().add(layer, chunk);
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
        health.note("write the journal of layer %s anew".formatted(layer), e);
      }
    }
  }

  // ---- any thread

  /**
   * Writes a chunk that the caller holds, later; {@code settled} runs after that or at once.
   *
   * @param lane the most urgent one that it was fetched in
   */
  void write(DiskLayer layer, Resident resident, Lane lane, Runnable settled) {
    writer.offer(layer, resident, lane, settled);
  }

  // ---- who uses layers

  private LayerUse useOf(LayerKey key) {
    return room.isPinned(key)
        ? LayerUse.PINNED
        : running.contains(key) ? LayerUse.RUNNING : LayerUse.IDLE;
  }

  /** From now on these layers are in containers, all others are not. */
  synchronized void running(Set<LayerKey> keys) {
    running = Set.copyOf(keys);
    review();
  }

  /** From now on these layers are never evicted; kept over restarts. */
  synchronized void pinned(Set<LayerKey> keys) throws IOException {
    directory.writePinned(keys);
    room.pinned(Set.copyOf(keys));
    review();
  }

  private void review() {
    for (DiskLayer layer : open.values()) {
      LayerUse use = useOf(layer.key());
      if (use != layer.use()) {
        layer.use(use);
        boolean _ = writer.execute(() -> room.order().moved(layer));
      }
    }
  }

  /** Bytes of pinned layers. */
  synchronized long pinnedBytes() {
    return room.closedBytes(true)
        + open.values().stream()
            .filter(layer -> layer.use() == LayerUse.PINNED)
            .mapToLong(DiskLayer::charged)
            .sum();
  }

  /** Whether a layer may be held by others beside what is: together half of the tier. */
  synchronized boolean maySeal(DiskLayer layer) {
    long sealed =
        open.values().stream().filter(DiskLayer::sealed).mapToLong(DiskLayer::charged).sum();
    return sealed + layer.charged() <= options.diskBytes() / 2;
  }

  /** Changes of what is in the files of open layers. */
  DiskChanges changes() {
    return changes;
  }

  void noteCorrupt(DiskLayer layer, int chunk, String fault) {
    counters.corrupt.increment();
    LOG.warn("chunk {} of layer {} on disk {}: dropped, to be fetched again", chunk, layer, fault);
  }

  /** Lets time pass for the order of eviction; completes when it has, unless this is closed. */
  CompletableFuture<@Nullable Void> age() {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    boolean _ =
        writer.execute(() -> {
          room.order().age();
          done.complete(null);
        });
    return done;
  }

  /** Writes what waits, within a bounded time. */
  void close(Duration patience) {
    writer.close(patience);
  }
}
