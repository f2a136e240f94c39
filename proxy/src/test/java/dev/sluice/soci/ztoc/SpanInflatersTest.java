package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.SluiceException;
import dev.sluice.soci.deflate.LibDeflate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each inflater by itself, over the borders of spans that do not end with a byte. */
class SpanInflatersTest {
  private static final long SPAN_SIZE = 20_000;

  private final Arena arena = Arena.ofShared();
  private final byte[] tar;

  SpanInflatersTest() throws IOException {
    tar = new RandomLayers(new Random(11)).tar(200);
  }

  /** Says that it was asked, by failing. */
  private static final class Refusing implements SpanInflater {
    @Override
    public void inflate(Borders borders, ByteBuffer in, MemorySegment room) {
      throw borders.corrupt("left to the other inflater");
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void free() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 9})
  void zlib_inflatesEachSpan(int level) throws IOException {
    try (SpanInflater zlib = new ZlibSpanInflater()) {
      checkSpans(zlib, gzip(tar, level));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 9})
  void libdeflate_inflatesEachSpanByItself(int level) throws IOException {
    assertThat(LibDeflate.isHere())
        .as("this machine has libdeflate (run-tests installs it)")
        .isTrue();
    try (SpanInflater fast = LibDeflateSpanInflater.open(new Refusing()).orElseThrow()) {
      assertThat(checkSpans(fast, gzip(tar, level)))
          .as("bits at which spans begin")
          .isGreaterThan(3);
    }
  }

  @Test
  void libdeflate_leavesMembersWithinASpanToZlib() throws IOException {
    byte[] members = {};
    for (int from = 0; from < tar.length; from += 7_000) {
      byte[] piece = Arrays.copyOfRange(tar, from, Math.min(tar.length, from + 7_000));
      members = concat(members, gzip(piece, 6));
    }
    byte[] layer = members;
    try (SpanInflater fast = LibDeflateSpanInflater.open(new ZlibSpanInflater()).orElseThrow()) {
      checkSpans(fast, layer);
    }
    try (SpanInflater alone = LibDeflateSpanInflater.open(new Refusing()).orElseThrow()) {
      assertThatThrownBy(() -> checkSpans(alone, layer))
          .isInstanceOf(SluiceException.class)
          .hasMessageContaining("left to the other inflater");
    }
  }

  @Test
  void wrongBytes_areRefusedByEither() throws IOException {
    byte[] layer = gzip(tar, 6);
    try (SpanInflater zlib = new ZlibSpanInflater();
        SpanInflater fast = LibDeflateSpanInflater.open(new ZlibSpanInflater()).orElseThrow()) {
      byte[] wrong = layer.clone();
      Arrays.fill(wrong, 10, 20, (byte) 0xff); // no type of block
      for (SpanInflater inflater : new SpanInflater[] {zlib, fast}) {
        assertThatThrownBy(() -> inflateAll(inflater, layer, wrong))
            .isInstanceOf(SluiceException.class)
            .hasMessageContaining("inflate span 0: ");
      }
    }
  }

  private int checkSpans(SpanInflater inflater, byte[] layer) throws IOException {
    return inflateAll(inflater, layer, layer);
  }

  /** How many different bits spans begin at. */
  private int inflateAll(SpanInflater inflater, byte[] layer, byte[] given) throws IOException {
    byte[] ztoc = Layers.build(layer, Compression.GZIP, SPAN_SIZE).ztoc();
    SpanTable spans = ZtocReader.read(ztoc, Limits.DEFAULT).spans();
    Checkpoints checkpoints = spans.checkpoints();
    boolean[] bits = new boolean[8];
    for (int span = 0; span < spans.count(); span++) {
      int from = (int) spans.uncompressedStart(span);
      int to = (int) spans.uncompressedEnd(span);
      MemorySegment room = arena.allocate(SpanTable.ROOM_BEFORE + to - from);
      if (from > 0) {
        spans.windows().read(span, room.asSlice(0, SpanTable.ROOM_BEFORE).asByteBuffer());
      }
      int first = (int) spans.compressedStart(span);
      int end = (int) spans.compressedEnd(span);
      bits[checkpoints.bits(span)] = true;
      int bitsOfNext = span + 1 < checkpoints.count() ? checkpoints.bits(span + 1) : -1;
      inflater.inflate(
          new SpanInflater.Borders(span, checkpoints.bits(span), bitsOfNext),
          ByteBuffer.wrap(given, first, end - first),
          room);
      byte[] found = room.asSlice(SpanTable.ROOM_BEFORE).toArray(ValueLayout.JAVA_BYTE);
      assertThat(found).as("span %d", span).isEqualTo(Arrays.copyOfRange(tar, from, to));
    }
    int different = 0;
    for (boolean bit : bits) {
      different += bit ? 1 : 0;
    }
    return different;
  }

  private static byte[] gzip(byte[] content, int level) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream gzip =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(level);
            def.setStrategy(Deflater.DEFAULT_STRATEGY);
          }
        }) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] concat(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }
}
