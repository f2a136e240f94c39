package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuzz.Deflated;
import dev.sluice.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint and a span whose digest is right though its bytes are not: a byte of bits, two of
 * the span's length, then the compressed bytes. Nothing but the span's own place is written, and
 * what zlib takes every inflater takes alike.
 */
public final class SpanFuzz implements FuzzTarget {
  private static final int GUARD = 32;
  private static final byte UNTOUCHED = 0x5a;

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT);
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    byte[] content = new byte[3000];
    new Random(3).nextBytes(content);
    Arrays.fill(content, 500, 2000, (byte) 'x');
    for (int strategy : new int[] {Deflater.DEFAULT_STRATEGY, Deflater.HUFFMAN_ONLY}) {
      for (int level : new int[] {0, 1, 9}) {
        seeds.add(seed(content, level, strategy));
      }
    }
    return seeds;
  }

  private static byte[] seed(byte[] content, int level, int strategy) {
    ByteArrayOutputStream seed = new ByteArrayOutputStream();
    seed.write(0);
    seed.write(content.length >> 8);
    seed.write(content.length);
    seed.writeBytes(Deflated.of(content, level, strategy));
    return seed.toByteArray();
  }

  @Override
  public void run(byte[] input) {
    if (input.length < 3) {
      return;
    }
    int length = (input[1] & 0xff) << 8 | (input[2] & 0xff);
    int bitsOfNext = (input[0] >> 3 & 15) - 1 & 7;
    boolean last = input[0] >= 0;
    try (Arena arena = Arena.ofConfined();
        SpanInflater zlib = new ZlibSpanInflater();
        SpanInflater fast = SpanInflaters.borrow()) {
      MemorySegment place = arena.allocate(2L * GUARD + SpanTable.ROOM_BEFORE + length);
      var borders = new SpanInflater.Borders(7, input[0] & 7, last ? -1 : bitsOfNext);
      byte[] expected = inflated(zlib, borders, input, place);
      byte[] found = inflated(fast, borders, input, place);
      // Wrong bits at the end are another stream. Some codes that zlib refuses others take.
      if (last && expected != null) {
        assertThat(found).isEqualTo(expected);
      }
      if (found == null) {
        throw new SluiceException(FailureKind.CORRUPT, "refused");
      }
    }
  }

  /** The span, or null if it is refused. */
  private static byte @Nullable [] inflated(
      SpanInflater inflater, SpanInflater.Borders borders, byte[] input, MemorySegment place) {
    place.fill(UNTOUCHED);
    MemorySegment room = place.asSlice(GUARD, place.byteSize() - 2L * GUARD);
    for (int i = 0; i < SpanTable.ROOM_BEFORE; i++) {
      room.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    try {
      inflater.inflate(borders, ByteBuffer.wrap(input, 3, input.length - 3), room);
      return room.asSlice(SpanTable.ROOM_BEFORE).toArray(ValueLayout.JAVA_BYTE);
    } catch (SluiceException e) {
      assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT);
      return null;
    } finally {
      for (int i = 0; i < GUARD; i++) {
        assertThat(place.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(UNTOUCHED);
        assertThat(place.get(ValueLayout.JAVA_BYTE, place.byteSize() - 1 - i)).isEqualTo(UNTOUCHED);
      }
    }
  }
}
