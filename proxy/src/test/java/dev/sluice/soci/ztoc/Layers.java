package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What the tests do with a layer in memory. */
final class Layers {
  private Layers() {}

  /** A ztoc as bytes, and the decompressed layer that came out on the way. */
  record Built(byte[] ztoc, byte[] decompressed) {}

  static Built build(byte[] layer, Compression compression, long spanSize) throws IOException {
    ByteArrayOutputStream decompressed = new ByteArrayOutputStream();
    BuildOptions options =
        BuildOptions.of("AWS SOCI CLI v0.2")
            .withSpanSize(spanSize)
            .withDigests()
            .withCopy((buffer, from, to) -> decompressed.write(buffer, from, to - from));
    try (BuiltZtoc built =
        ZtocBuilder.build(new ByteArrayInputStream(layer), compression, options)) {
      assertThat(built.layerDigest()).contains(Digest.sha256(layer));
      assertThat(built.diffId()).contains(Digest.sha256(decompressed.toByteArray()));
      assertThat(built.decompressedSize()).isEqualTo(decompressed.size());
      return new Built(ZtocWriter.write(built.ztoc()), decompressed.toByteArray());
    }
  }

  /** Inflates a span into the middle of a guarded place and checks that the guards survive. */
  static byte[] inflate(SpanTable spans, int span, byte[] layer) {
    int guard = 64;
    int length = (int) (spans.uncompressedEnd(span) - spans.uncompressedStart(span));
    try (Arena arena = Arena.ofConfined()) {
      int room = SpanTable.ROOM_BEFORE + length;
      MemorySegment place = arena.allocate(room + 2L * guard);
      place.fill((byte) 0x5a);
      int from = (int) spans.compressedStart(span);
      int to = (int) spans.compressedEnd(span);
      spans.verifyAndInflate(
          span, ByteBuffer.wrap(layer, from, to - from), place.asSlice(guard, room));
      byte[] all = place.toArray(ValueLayout.JAVA_BYTE);
      for (int i = 0; i < guard; i++) {
        assertThat(all[i]).isEqualTo((byte) 0x5a);
        assertThat(all[guard + room + i]).isEqualTo((byte) 0x5a);
      }
      return Arrays.copyOfRange(all, guard + room - length, guard + room);
    }
  }

  /** Every span inflates to its part of the layer, and together they are the tar. */
  static void checkSpans(Ztoc ztoc, byte[] layer, byte[] decompressed) {
    SpanTable spans = ztoc.spans();
    long next = 0;
    for (int span = 0; span < spans.count(); span++) {
      int from = (int) spans.uncompressedStart(span);
      int to = (int) spans.uncompressedEnd(span);
      assertThat((long) from).isEqualTo(next);
      assertThat(to).isGreaterThan(from);
      assertThat(spans.spanOfNumber(spans.numberOf(span))).isEqualTo(span);
      byte[] inflated = inflate(spans, span, layer);
      assertThat(Arrays.equals(inflated, 0, to - from, decompressed, from, to))
          .as("span %d holds bytes [%d, %d)", span, from, to)
          .isTrue();
      next = to;
    }
    assertThat(next).isEqualTo(ztoc.uncompressedSize());
  }
}
