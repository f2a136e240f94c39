package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One layer's sparse file, its mapping and its journal.
 *
 * <p>Counted: the open layer, each lease and each waiting write hold it; the last one to let go
 * closes the files. Only the writer thread changes the files.
 */
final class DiskLayer {
  static final int BLOCK_BYTES = 4096;

  /** What a checksum pass reads at a time: stays in a CPU's cache. */
  private static final int CHECK_BYTES = 256 << 10;

  private final LayerKey key;
  private final ChunkMap map;
  private final boolean adopted;
  private final SparseFile file;
  private final long address;
  private final Journal journal;
  private final LayerMemory memory;
  private final DiskTier tier;
  private final ChunkStates states;
  private final int[] crcs;

  /** Chunks of which the journal says that nobody has read them; by the writer thread. */
  private final BitSet unread = new BitSet();

  private final AtomicInteger holders = new AtomicInteger(1);
  private final AtomicLong presentBytes = new AtomicLong();
  private final AtomicLong charged = new AtomicLong();
  private volatile LayerUse use = LayerUse.IDLE;
  private volatile boolean proven;
  private volatile boolean sealed;

  /**
   * @param address of the mapping of all of the file, 0 if it is empty
   */
  DiskLayer(
      JournalFormat.Header header,
      SparseFile file,
      long address,
      Journal journal,
      LayerMemory memory,
      DiskTier tier) {
    this.key = header.key();
    this.map = header.map();
    this.adopted = header.adopted();
    this.file = file;
    this.address = address;
    this.journal = journal;
    this.memory = memory;
    this.tier = tier;
    this.states = new ChunkStates(map.count());
    this.crcs = new int[map.count()];
  }

  LayerKey key() {
    return key;
  }

  ChunkMap map() {
    return map;
  }

  /** Whether the file came whole and has no origin: its chunks are not evicted while it is open. */
  boolean adopted() {
    return adopted;
  }

  LayerMemory memory() {
    return memory;
  }

  ChunkStates states() {
    return states;
  }

  long address() {
    return address;
  }

  long presentBytes() {
    return presentBytes.get();
  }

  /** Bytes of the file system that the present chunks take, in whole blocks. */
  long charged() {
    return charged.get();
  }

  boolean complete() {
    return presentBytes.get() == map.size();
  }

  /** Whether all bytes were once here and what they should be; so are those here now. */
  boolean proven() {
    return proven || adopted;
  }

  /** Whether others read the file, and do not ask: no chunk of it may go, only all of the file. */
  boolean sealed() {
    return sealed;
  }

  /** Whether single chunks may be evicted. */
  boolean evictable() {
    return !adopted && !sealed;
  }

  LayerUse use() {
    return use;
  }

  void use(LayerUse now) {
    use = now;
  }

  boolean retain() {
    int now;
    do {
      now = holders.get();
      if (now == 0) {
        return false;
      }
    } while (!holders.compareAndSet(now, now + 1));
    return true;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      tier.finish(this);
    }
  }

  // ---- reading, any thread

  /** Bytes of a chunk, pinned; null if it is not present. Checks its checksum on its first use. */
  @Nullable Piece pin(int chunk, long offset, int length) {
    if (!states.present(chunk) || !retain()) {
      return null;
    }
    if (!states.pin(chunk)) {
      release();
      return null;
    }
    if (!states.verified(chunk) && !check(chunk)) {
      unpin(chunk);
      return null;
    }
    return new Piece.OnDisk(this, chunk, offset, length);
  }

  /** Digests a chunk as it lies in the file; false if it is not there, or not what was written. */
  boolean digest(int chunk, MessageDigest digest) throws IOException {
    if (!states.pinUnused(chunk)) {
      return false;
    }
    CRC32C crc = new CRC32C();
    Slabs.Slab slab = Slabs.SHARED.take(CHECK_BYTES);
    try {
      long end = map.end(chunk);
      for (long at = map.start(chunk); at < end; at += CHECK_BYTES) {
        MemorySegment part = slab.memory().asSlice(0, Math.min(CHECK_BYTES, end - at));
        read(at, part);
        crc.update(part.asByteBuffer());
        digest.update(part.asByteBuffer());
      }
      uncache(chunk);
      boolean right = (int) crc.getValue() == crcs[chunk];
      if (!right && states.breakOff(chunk)) {
        tier.noteCorrupt(this, chunk, "does not fit its checksum");
      }
      return right;
    } finally {
      Slabs.SHARED.give(slab);
      if (states.unpin(chunk)) {
        tier.changes().dropBroken(this, chunk);
      }
    }
  }

  void unpin(int chunk) {
    if (states.unpin(chunk)) {
      tier.changes().dropBroken(this, chunk);
    }
    release();
  }

  /** The caller pins the chunk, and its bytes can't be read through the mapping. */
  void spoiled(int chunk) {
    if (states.breakOff(chunk)) {
      tier.noteCorrupt(this, chunk, "can't be read");
    }
    doubtAll();
  }

  /* Somebody has changed the file, by cutting it for instance. What is written next would make it
   * longer again, with holes where chunks were: those must not pass for bytes. */
  private void doubtAll() {
    for (int chunk = 0; chunk < map.count(); chunk++) {
      states.doubt(chunk);
    }
  }

  void read(long offset, MemorySegment target) throws IOException {
    long n = file.read(offset, target);
    if (n < target.byteSize()) {
      throw new IOException(
          "read layer file of %s at %d: it ends after %d of %d bytes"
              .formatted(key, offset, n, target.byteSize()));
    }
  }

  private boolean check(int chunk) {
    String fault;
    try {
      if (crcOf(file, map.start(chunk), map.length(chunk)) == crcs[chunk]) {
        states.verify(chunk);
        return true;
      }
      fault = "does not fit its checksum";
    } catch (IOException e) {
      tier.health().note("check chunk %d of layer %s".formatted(chunk, key), e);
      fault = "can't be read";
    }
    if (states.breakOff(chunk)) {
      tier.noteCorrupt(this, chunk, fault);
    }
    return false;
  }

  /** CRC32C of an interval of a file; wrong if the file ends before it. */
  static int crcOf(SparseFile file, long start, long length) throws IOException {
    CRC32C crc = new CRC32C();
    Slabs.Slab slab = Slabs.SHARED.take(Math.min(CHECK_BYTES, length));
    try {
      for (long done = 0; done < length; ) {
        MemorySegment part = slab.memory().asSlice(0, Math.min(slab.size(), length - done));
        long n = file.read(start + done, part);
        crc.update(part.asSlice(0, n).asByteBuffer());
        if (n < part.byteSize()) {
          return ~(int) crc.getValue();
        }
        done += n;
      }
    } finally {
      Slabs.SHARED.give(slab);
    }
    return (int) crc.getValue();
  }

  // ---- opening, before the layer is shared

  /** The journal names these chunks. */
  void recover(JournalFormat.Contents contents) {
    long blocks = 0;
    long counted = 0;
    proven = contents.proven();
    // A record that was lost may have been the one that says so.
    sealed = contents.sealed() || (contents.proven() && contents.damaged());
    for (int chunk : contents.order()) {
      crcs[chunk] = contents.crcs()[chunk];
      states.recover(chunk, contents.lanes()[chunk]);
      unread.set(chunk, contents.lanes()[chunk] != Lane.DEMAND);
      presentBytes.addAndGet(map.length(chunk));
    }
    for (int chunk = 0; chunk < map.count(); chunk++) {
      if (states.occupied(chunk)) {
        long from = Math.max(counted, blockOf(map.start(chunk)));
        counted = blockAfter(map.end(chunk));
        blocks += Math.max(0, counted - from);
      }
    }
    charged.set(blocks);
  }

  /** Frees what a crash has left between the present chunks. */
  void punchGaps() throws IOException {
    if (sealed || file.allocated() <= charged.get() + charged.get() / 64 + (1 << 16)) {
      return;
    }
    long from = 0;
    for (int chunk = 0; chunk <= map.count(); chunk++) {
      if (chunk == map.count() || states.occupied(chunk)) {
        long to = chunk == map.count() ? blockAfter(map.size()) : blockOf(map.start(chunk));
        if (to > from) {
          file.punch(from, to - from);
        }
        from = chunk == map.count() ? to : blockAfter(map.end(chunk));
      }
    }
  }

  // ---- writing, the writer thread only

  /** Bytes of the blocks that no other chunk in the file shares with this one, from and to. */
  private long exclusiveFrom(int chunk) {
    long block = blockOf(map.start(chunk));
    for (int i = chunk - 1; i >= 0 && map.end(i) > block; i--) {
      if (states.occupied(i)) {
        return block + BLOCK_BYTES;
      }
    }
    return block;
  }

  private long exclusiveTo(int chunk) {
    long block = blockAfter(map.end(chunk));
    for (int i = chunk + 1; i < map.count() && map.start(i) < block; i++) {
      if (states.occupied(i)) {
        return block - BLOCK_BYTES;
      }
    }
    return block;
  }

  /** Bytes of the file system that the chunk takes beside the others. */
  long cost(int chunk) {
    return sealed ? 0 : Math.max(0, exclusiveTo(chunk) - exclusiveFrom(chunk));
  }

  /** Writes the bytes of a chunk being written. */
  void write(int chunk, MemorySegment bytes) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asByteBuffer());
    crcs[chunk] = (int) crc.getValue();
    if (file.size() < map.size()) {
      doubtAll();
      file.resize(map.size());
    }
    file.write(map.start(chunk), bytes);
  }

  /** Makes chunks that were written readable, all or none. */
  void commit(List<Integer> chunks, Durability durability) throws IOException {
    if (durability == Durability.SYNCED) {
      file.sync();
    }
    List<JournalFormat.Entry> entries = new ArrayList<>(chunks.size());
    for (int chunk : chunks) {
      entries.add(entry(chunk));
    }
    journal.append(entries);
    for (int chunk : chunks) {
      states.finishWrite(chunk);
      presentBytes.addAndGet(map.length(chunk));
      if (durability == Durability.SYNCED && states.lane(chunk) == Lane.BACKGROUND) {
        // Nobody waits for it, and pages that somebody reads would have to make way.
        uncache(chunk);
      }
    }
  }

  private void uncache(int chunk) {
    try {
      file.uncache(map.start(chunk), map.length(chunk));
    } catch (IOException e) {
      tier.health().note("take chunk %d of layer %s out of memory".formatted(chunk, key), e);
    }
  }

  private JournalFormat.Entry entry(int chunk) {
    Lane lane = states.lane(chunk);
    unread.set(chunk, lane != Lane.DEMAND);
    return new JournalFormat.Entry(JournalFormat.Kind.of(lane), chunk, crcs[chunk]);
  }

  /** Notes that all bytes are here and what they should be. */
  void prove() throws IOException {
    if (!proven) {
      journal.append(List.of(JournalFormat.Entry.PROVEN));
      proven = true;
    }
  }

  /** Notes that others may read the file from now on, whatever becomes of this process. */
  void seal() throws IOException {
    if (!sealed) {
      journal.append(List.of(JournalFormat.Entry.SEALED));
      sealed = true;
    }
  }

  void charge(long bytes) {
    charged.addAndGet(bytes);
  }

  /** Takes a chunk out of the journal and the file, whose state says that nobody reads it. */
  void erase(int chunk) throws IOException {
    presentBytes.addAndGet(-map.length(chunk));
    journal.append(List.of(new JournalFormat.Entry(JournalFormat.Kind.GONE, chunk, 0)));
    punch(chunk);
  }

  /** Frees the blocks that are the chunk's alone. */
  void punch(int chunk) throws IOException {
    if (sealed) {
      return; // who reads the file would find zeros
    }
    long from = exclusiveFrom(chunk);
    long to = exclusiveTo(chunk);
    if (to > from) {
      file.punch(from, to - from);
    }
  }

  /** Writes the journal anew if most of it is out of date. */
  void compactIfWorthwhile(Durability durability) throws IOException {
    int present = 0;
    for (int i = 0; i < map.count(); i++) {
      present += states.present(i) ? 1 : 0;
    }
    if (!journal.wantsCompaction(present)) {
      return;
    }
    List<JournalFormat.Entry> entries = new ArrayList<>(present);
    if (proven) {
      entries.add(JournalFormat.Entry.PROVEN);
    }
    if (sealed) {
      entries.add(JournalFormat.Entry.SEALED);
    }
    for (int i = 0; i < map.count(); i++) {
      if (states.present(i)) {
        entries.add(entry(i));
      }
    }
    journal.compact(entries, durability);
  }

  /** Ends the mapping and closes the files; nobody holds the layer. */
  void closeFiles() throws IOException {
    try (journal;
        file) {
      noteReads();
      if (address != 0) {
        file.unmap(address, map.size());
      }
    }
  }

  /** So that after a restart what was read is not taken for what was only filled. */
  private void noteReads() throws IOException {
    List<JournalFormat.Entry> entries =
        ((BitSet) unread.clone())
            .stream()
                .filter(chunk -> states.present(chunk) && states.lane(chunk) == Lane.DEMAND)
                .boxed()
                .map(this::entry)
                .toList();
    if (!entries.isEmpty()) {
      journal.append(entries);
    }
  }

  private static long blockOf(long offset) {
    return offset & -BLOCK_BYTES;
  }

  private static long blockAfter(long offset) {
    return (offset + BLOCK_BYTES - 1) & -BLOCK_BYTES;
  }

  @Override
  public String toString() {
    return key.name();
  }
}
