package dev.sluice.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The bytes of a journal, as docs/formats.md describes them: a header, then records. */
final class JournalFormat {
  static final int RECORD_BYTES = 16;

  private static final long MAGIC = 0x314a_4543_4955_4c53L; // "SLUICEJ1", little endian
  private static final int FIXED_BYTES = 8 + 4 + 4 + 8 + 4 + 4;
  private static final int CRC_BYTES = 4;
  private static final int ADOPTED = 1;
  private static final int MAX_KEY_BYTES = 255;

  /** By code. */
  private static final Kind[] KINDS = Kind.values();

  private JournalFormat() {}

  /** What one record says, of a chunk if not said otherwise. */
  enum Kind {
    GONE(0),
    /** There, and somebody has read it. */
    PRESENT(1),
    /** There, filled in the background and not read. */
    FILLED(2),
    /** There, brought by a hint and not read. */
    HINTED(3),
    /** All of the layer was what it should be: all that its index says of it is right. */
    PROVEN(4),
    /** Others read the file, and do not ask: what is in it stays as it is. */
    SEALED(5);

    /** Whether it says something of the layer, and of no chunk. */
    private boolean ofLayer() {
      return this == PROVEN || this == SEALED;
    }

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    static Kind of(Lane lane) {
      return switch (lane) {
        case DEMAND -> PRESENT;
        case HINT -> HINTED;
        case BACKGROUND -> FILLED;
      };
    }

    private Lane lane() {
      return this == FILLED ? Lane.BACKGROUND : this == HINTED ? Lane.HINT : Lane.DEMAND;
    }
  }

  /**
   * @param chunk 0 if the record is of no chunk
   * @param crc CRC32C of the chunk's bytes; 0 if it is gone
   */
  record Entry(Kind kind, int chunk, int crc) {
    static final Entry PROVEN = new Entry(Kind.PROVEN, 0, 0);
    static final Entry SEALED = new Entry(Kind.SEALED, 0, 0);
  }

  /**
   * What names the file that a journal describes.
   *
   * @param adopted whether the file came whole and has no origin
   */
  record Header(LayerKey key, ChunkMap map, boolean adopted) {}

  /**
   * A journal as it was found.
   *
   * @param seed what the records' checksums begin with
   * @param order the chunks that are present, least recently written first
   * @param crcs their checksums, by chunk
   * @param lanes why they are there, by chunk
   * @param proven whether all of the layer was here once, and what it should be
   * @param sealed whether others may read the file without asking
   * @param records how many whole records there are
   * @param damaged whether some were unreadable or the last one torn
   */
  record Contents(
      Header header,
      int headerBytes,
      int seed,
      int[] order,
      int[] crcs,
      Lane[] lanes,
      boolean proven,
      boolean sealed,
      int records,
      boolean damaged) {
    /** What a journal says that holds nothing else than this one. */
    List<Entry> entries() {
      List<Entry> entries = new ArrayList<>();
      if (proven) {
        entries.add(Entry.PROVEN);
      }
      if (sealed) {
        entries.add(Entry.SEALED);
      }
      for (int chunk : order) {
        entries.add(new Entry(Kind.of(lanes[chunk]), chunk, crcs[chunk]));
      }
      return entries;
    }
  }

  static byte[] header(Header header) {
    byte[] key = header.key().name().getBytes(StandardCharsets.US_ASCII);
    ChunkMap map = header.map();
    int length =
        Math.addExact(FIXED_BYTES + key.length + CRC_BYTES, Math.multiplyExact(4, map.count()));
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(length).putInt(header.adopted() ? ADOPTED : 0);
    out.putLong(map.size()).putInt(map.count()).putInt(key.length).put(key);
    for (int i = 0; i < map.count(); i++) {
      out.putInt(map.length(i));
    }
    return out.putInt(crc(out.array(), 0, length - CRC_BYTES, 0)).array();
  }

  /** What a journal's records begin their checksums with: its header's. */
  static int seed(byte[] header) {
    return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(header.length - CRC_BYTES);
  }

  static byte[] records(List<Entry> entries, int seed) {
    byte[] bytes = new byte[Math.multiplyExact(entries.size(), RECORD_BYTES)];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Entry entry : entries) {
      int at = out.position();
      out.putInt(entry.kind().code).putInt(entry.chunk()).putInt(entry.crc());
      out.putInt(crc(bytes, at, RECORD_BYTES - CRC_BYTES, seed));
    }
    return bytes;
  }

  /** Reads a journal; null if its header is not whole, so that nothing in it counts. */
  static @Nullable Contents parse(byte[] file) {
    Header header = parseHeader(file);
    if (header == null) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = in.getInt(8);
    int seed = in.getInt(headerBytes - CRC_BYTES);
    int count = header.map().count();
    int[] crcs = new int[count];
    int[] writtenAt = new int[count];
    Lane[] lanes = new Lane[count];
    Arrays.fill(lanes, Lane.DEMAND);
    boolean proven = false;
    boolean sealed = false;
    int records = (file.length - headerBytes) / RECORD_BYTES;
    boolean damaged = (file.length - headerBytes) % RECORD_BYTES != 0;
    for (int i = 0; i < records; i++) {
      int at = headerBytes + i * RECORD_BYTES;
      int code = in.getInt(at);
      int chunk = in.getInt(at + 4);
      if (in.getInt(at + 12) != crc(file, at, RECORD_BYTES - 4, seed)
          || code < 0
          || code >= KINDS.length
          || chunk < 0
          || (chunk >= count && !KINDS[code].ofLayer())) {
        damaged = true;
        continue;
      }
      Kind kind = KINDS[code];
      if (kind.ofLayer()) {
        proven |= kind == Kind.PROVEN;
        sealed |= kind == Kind.SEALED;
        continue;
      }
      writtenAt[chunk] = kind == Kind.GONE ? 0 : i + 1;
      lanes[chunk] = kind.lane();
      crcs[chunk] = in.getInt(at + 8);
    }
    return new Contents(
        header, headerBytes, seed, order(writtenAt), crcs, lanes, proven, sealed, records, damaged);
  }

  private static @Nullable Header parseHeader(byte[] file) {
    if (file.length < FIXED_BYTES + CRC_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long magic = in.getLong();
    int length = in.getInt();
    int flags = in.getInt();
    long size = in.getLong();
    int count = in.getInt();
    int keyBytes = in.getInt();
    if (magic != MAGIC
        || length > file.length
        || count < 0
        || keyBytes < 1
        || keyBytes > MAX_KEY_BYTES
        || length != FIXED_BYTES + CRC_BYTES + keyBytes + 4L * count
        || in.getInt(length - CRC_BYTES) != crc(file, 0, length - CRC_BYTES, 0)) {
      return null;
    }
    byte[] key = new byte[keyBytes];
    in.get(key);
    long[] starts = new long[count];
    long at = 0;
    for (int i = 0; i < count; i++) {
      starts[i] = at;
      at += Integer.toUnsignedLong(in.getInt());
    }
    if (at != size) {
      return null;
    }
    try {
      return new Header(
          new LayerKey(new String(key, StandardCharsets.US_ASCII)),
          ChunkMap.of(starts, size),
          (flags & ADOPTED) != 0);
    } catch (IllegalArgumentException _) {
      return null; // its checksum fits, but no writer of ours made it
    }
  }

  private static int[] order(int[] writtenAt) {
    long[] sorted = new long[writtenAt.length];
    int present = 0;
    for (int chunk = 0; chunk < writtenAt.length; chunk++) {
      if (writtenAt[chunk] > 0) {
        sorted[present++] = (long) writtenAt[chunk] << 32 | chunk;
      }
    }
    Arrays.sort(sorted, 0, present);
    int[] order = new int[present];
    for (int i = 0; i < present; i++) {
      order[i] = (int) sorted[i];
    }
    return order;
  }

  private static int crc(byte[] bytes, int from, int length, int seed) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < 32; shift += 8) {
      crc.update(seed >>> shift);
    }
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
