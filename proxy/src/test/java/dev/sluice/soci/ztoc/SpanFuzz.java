package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.Deflated;
import dev.sluice.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.Deflater;

/**
 * A checkpoint and a span whose digest is right though its bytes are not: a byte of bits, two of
 * the span's length, then the compressed bytes. Nothing but the span's own place is written.
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
    byte[] place = new byte[length + 2 * GUARD];
    Arrays.fill(place, UNTOUCHED);
    ByteBuffer out = ByteBuffer.wrap(place, GUARD, length).slice();
    try (SpanInflater inflater = SpanInflater.borrow()) {
      for (int i = 0; i < inflater.window().length; i++) {
        inflater.window()[i] = (byte) i;
      }
      inflater.inflate(7, input[0] & 7, ByteBuffer.wrap(input, 3, input.length - 3), out);
      assertThat(out.remaining()).isZero();
    } finally {
      for (int i = 0; i < GUARD; i++) {
        assertThat(place[i]).isEqualTo(UNTOUCHED);
        assertThat(place[place.length - 1 - i]).isEqualTo(UNTOUCHED);
      }
    }
  }
}
