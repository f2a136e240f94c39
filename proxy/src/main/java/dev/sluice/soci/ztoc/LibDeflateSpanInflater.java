package dev.sluice.soci.ztoc;

import dev.sluice.soci.deflate.LibDeflate;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Inflates spans with libdeflate; what is no single stream for it, another inflater does. */
final class LibDeflateSpanInflater implements SpanInflater {
  /*
   * libdeflate decodes whole streams only: it takes no dictionary, starts at a byte and wants a last
   * block. So a span is made one:
   *
   *   stored block with the window │ empty blocks up to the bit (BitPrefix) │ the span's blocks │ empty last block
   *
   * The window comes out again in front of the span, as the first bytes of the room. A span is a run
   * of whole blocks, as checkpoints stand between blocks, so the last block can be put where the next
   * span's first bits are. Where a gzip member ends in the span, its own last block ends the stream; if the
   * span goes on behind it, or the tar ends before its blocks do, libdeflate finds another length
   * than wanted and the other inflater decides.
   */
  private static final ValueLayout.OfShort LITTLE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int STORED_HEADER = 5;
  private static final int BEFORE = STORED_HEADER + Windows.SIZE;

  /** Most bytes of the last block and of the prefix. */
  private static final int AROUND = 64;

  /** An empty fixed block that is the last: ten bits. */
  private static final int EMPTY_LAST_BLOCK = 0b011;

  /** Compressed bytes of a span that are copied for it; larger spans are rare. */
  private static final long MOST_BYTES = 8L << 20;

  private final LibDeflate decoder;
  private final SpanInflater other;
  private Arena arena = Arena.ofShared();
  private MemorySegment stream = MemorySegment.NULL;

  private LibDeflateSpanInflater(LibDeflate decoder, SpanInflater other) {
    this.decoder = decoder;
    this.other = other;
  }

  /** Empty if this machine has no libdeflate. */
  static Optional<SpanInflater> open(SpanInflater other) {
    return LibDeflate.open().map(decoder -> new LibDeflateSpanInflater(decoder, other));
  }

  @Override
  public void inflate(Borders borders, ByteBuffer in, MemorySegment room) {
    boolean fits = room.isNative() && in.hasRemaining() && in.remaining() <= MOST_BYTES;
    if (!fits || !decode(borders, in.duplicate(), room)) {
      other.inflate(borders, in, room);
    }
  }

  private boolean decode(Borders borders, ByteBuffer in, MemorySegment room) {
    reserve(BEFORE + (long) in.remaining() + AROUND);
    stream.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
    stream.set(LITTLE_SHORT, 1, (short) Windows.SIZE);
    stream.set(LITTLE_SHORT, 3, (short) ~Windows.SIZE);
    MemorySegment.copy(room, 0, stream, STORED_HEADER, Windows.SIZE);
    long end = BEFORE;
    if (borders.bits() != 0) {
      byte[] prefix = BitPrefix.before(borders.bits(), in.get());
      MemorySegment.copy(MemorySegment.ofArray(prefix), 0, stream, end, prefix.length);
      end += prefix.length;
    }
    MemorySegment bytes = MemorySegment.ofBuffer(in);
    MemorySegment.copy(bytes, 0, stream, end, bytes.byteSize());
    end = closed(borders.bitsOfNext(), end + bytes.byteSize());
    if (decoder.decode(stream.asSlice(0, end), room)) {
      return true;
    }
    // The window may have been overwritten; it is needed again.
    MemorySegment.copy(stream, STORED_HEADER, room, 0, Windows.SIZE);
    return false;
  }

  /** Puts the last block behind the span's own bits and returns the stream's end. */
  private long closed(int bitsOfNext, long end) {
    if (bitsOfNext < 0) {
      return end;
    }
    int ours = bitsOfNext == 0 ? 0 : 8 - bitsOfNext;
    long at = bitsOfNext == 0 ? end : end - 1;
    int kept = ours == 0 ? 0 : stream.get(ValueLayout.JAVA_BYTE, at) & ((1 << ours) - 1);
    int last = kept | EMPTY_LAST_BLOCK << ours;
    for (int i = 0; i < 3; i++) {
      stream.set(ValueLayout.JAVA_BYTE, at + i, (byte) (last >>> (8 * i)));
    }
    return at + 3;
  }

  private void reserve(long size) {
    if (stream.byteSize() < size) {
      arena.close();
      arena = Arena.ofShared();
      stream = arena.allocate(Math.max(size, 1 << 20));
    }
  }

  @Override
  public void close() {
    arena.close();
    decoder.close();
    other.close();
  }
}
