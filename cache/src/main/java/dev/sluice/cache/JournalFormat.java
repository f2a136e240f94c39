package dev.sluice.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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

  private JournalFormat() {}

  /** What one record says of a chunk. */
  enum Kind {
    GONE(0),
    PRESENT(1);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /**
   * @param crc CRC32C of the chunk's bytes; 0 if it is gone
   */
  record Entry(Kind kind, int chunk, int crc) {}

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
   * @param records how many whole records there are
   * @param damaged whether some were unreadable or the last one torn
   */
  record Contents(
      Header header,
      int headerBytes,
      int seed,
      int[] order,
      int[] crcs,
      int records,
      boolean damaged) {}

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
    int records = (file.length - headerBytes) / RECORD_BYTES;
    boolean damaged = (file.length - headerBytes) % RECORD_BYTES != 0;
    for (int i = 0; i < records; i++) {
      int at = headerBytes + i * RECORD_BYTES;
      int kind = in.getInt(at);
      int chunk = in.getInt(at + 4);
      if (in.getInt(at + 12) != crc(file, at, RECORD_BYTES - 4, seed)
          || kind < 0
          || kind > Kind.PRESENT.code
          || chunk < 0
          || chunk >= count) {
        damaged = true;
        continue;
      }
      writtenAt[chunk] = kind == Kind.PRESENT.code ? i + 1 : 0;
      crcs[chunk] = in.getInt(at + 8);
    }
    return new Contents(header, headerBytes, seed, order(writtenAt), crcs, records, damaged);
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
