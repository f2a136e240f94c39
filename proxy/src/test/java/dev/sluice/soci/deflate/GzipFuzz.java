package dev.sluice.soci.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.Deflated;
import dev.sluice.fuzz.FuzzTarget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Deflate data, once as it is and once in a gzip stream: taken exactly if zlib takes it. */
public final class GzipFuzz implements FuzzTarget {
  private static final int MOST = 1 << 20;

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT);
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    byte[] content = new byte[5000];
    new Random(5).nextBytes(content);
    Arrays.fill(content, 100, 3000, (byte) 'x');
    for (int strategy : new int[] {Deflater.DEFAULT_STRATEGY, Deflater.HUFFMAN_ONLY}) {
      for (int level : new int[] {0, 1, 6, 9}) {
        int length = level == 6 ? 30 : content.length;
        seeds.add(Deflated.of(Arrays.copyOf(content, length), level, strategy));
      }
    }
    return seeds;
  }

  @Override
  public void run(byte[] input) throws IOException {
    Inflated zlib = inflate(input);
    if (zlib.bytes.length >= MOST) {
      return;
    }
    byte[] stream = zlib.isWhole ? member(input, zlib) : stream(input);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    scan(stream, out);
    assertThat(zlib.isWhole).as("zlib takes it").isTrue();
    assertThat(out.toByteArray()).isEqualTo(zlib.bytes);
  }

  /** What zlib makes of deflate data; {@code used} bytes of it. */
  private record Inflated(byte[] bytes, boolean isWhole, int used) {}

  private static Inflated inflate(byte[] input) {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(input);
      byte[] out = new byte[MOST];
      int length = 0;
      int more;
      do {
        more = inflater.inflate(out, length, MOST - length);
        length += more;
      } while (more > 0 && length < MOST);
      return new Inflated(
          Arrays.copyOf(out, length), inflater.finished(), (int) inflater.getBytesRead());
    } catch (DataFormatException _) {
      return new Inflated(new byte[0], false, 0);
    } finally {
      inflater.end();
    }
  }

  private static byte[] stream(byte[] deflated) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    stream.writeBytes(deflated);
    return stream.toByteArray();
  }

  private static byte[] member(byte[] input, Inflated zlib) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(stream(Arrays.copyOf(input, zlib.used)));
    CRC32 crc = new CRC32();
    crc.update(zlib.bytes);
    for (long number : new long[] {crc.getValue(), zlib.bytes.length}) {
      for (int i = 0; i < 4; i++) {
        stream.write((int) (number >>> (8 * i)));
      }
    }
    return stream.toByteArray();
  }

  private static void scan(byte[] stream, ByteArrayOutputStream out) throws IOException {
    ScanListener listener =
        new ScanListener() {
          @Override
          public void compressed(byte[] buffer, int from, int to) {}

          @Override
          public void decompressed(byte[] buffer, int from, int to) {
            out.write(buffer, from, to - from);
          }

          @Override
          public void checkpoint(Checkpoint checkpoint) {
            assertThat(checkpoint.windowEnd()).isGreaterThanOrEqualTo(32 << 10);
          }
        };
    new GzipScanner(0, listener).scan(new ByteArrayInputStream(stream));
  }
}
