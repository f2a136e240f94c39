package dev.sluice.soci.deflate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.RandomLayers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our decoder against zlib, on random streams. */
@Timeout(120)
class GzipScannerTest {
  private static final int ROUNDS = 12;

  /** Needs libz.so.1, which zlib1g brings; without it this test fails. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void blocksStartWhereZlibSays(long seed) throws Throwable {
    Random random = new Random(seed);
    RandomLayers layers = new RandomLayers(random);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] content = layers.content(random.nextInt(600_000));
      byte[] gzip = layers.gzip(content);
      Scan scan = scan(gzip, -1, 1 + random.nextInt(100_000));
      assertThat(scan.decompressed.toByteArray()).isEqualTo(content);
      assertThat(scan.compressed.toByteArray()).isEqualTo(gzip);
      assertThat(scan.stops).isEqualTo(Zlib.stops(gzip, content.length));
    }
  }

  @Test
  void windowsAreWhatStoodBefore() throws IOException {
    Random random = new Random(9);
    RandomLayers layers = new RandomLayers(random);
    byte[] content = layers.content(900_000);
    Scan scan = scan(layers.gzip(content), 20_000, 5000);
    assertThat(scan.stops).hasSizeGreaterThan(3);
    for (int i = 0; i < scan.stops.size(); i++) {
      int out = (int) scan.stops.get(i).out();
      byte[] expected = new byte[32768];
      int known = Math.min(out, expected.length);
      System.arraycopy(content, out - known, expected, expected.length - known, known);
      assertThat(scan.windows.get(i)).isEqualTo(expected);
    }
  }

  @Test
  void damagedStreamsAreRefusedAsZlibRefusesThem() throws Throwable {
    long seed = 77;
    Random random = new Random(seed);
    RandomLayers layers = new RandomLayers(random);
    int refused = 0;
    for (int round = 0; round < 800; round++) {
      byte[] content = layers.content(random.nextInt(3000));
      byte[] bent = layers.gzip(content);
      for (int n = 1 + random.nextInt(2); n > 0; n--) {
        bent[random.nextInt(bent.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Throwable ours = catchThrowable(() -> scan(bent, 0, 700));
      Throwable zlib = catchThrowable(() -> Zlib.stops(bent, 2_000_000));
      assertThat(ours == null)
          .as("seed %d round %d: ours %s, zlib %s", seed, round, ours, zlib)
          .isEqualTo(zlib == null);
      if (ours != null) {
        refused++;
        assertThat(ours)
            .isInstanceOfSatisfying(
                SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT));
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void streamsThatEndEarlyOrGoOn() throws IOException {
    byte[] gzip = new RandomLayers(new Random(4)).gzip(new byte[50_000]);
    for (int length = 0; length < gzip.length; length += 1 + length / 50) {
      byte[] part = Arrays.copyOf(gzip, length);
      assertThatThrownBy(() -> scan(part, 0, 100))
          .as("%d bytes", length)
          .isInstanceOf(SluiceException.class);
    }
    for (int more : new int[] {1, 9, 10, 11, 5000}) {
      byte[] longer = Arrays.copyOf(gzip, gzip.length + more);
      assertThatThrownBy(() -> scan(longer, 0, 100))
          .hasMessageContaining("what follows at byte " + gzip.length + " is no gzip member");
    }
  }

  record Scan(
      List<Zlib.Stop> stops,
      List<byte[]> windows,
      ByteArrayOutputStream compressed,
      ByteArrayOutputStream decompressed) {}

  /** Scans a stream that gives at most {@code piece} bytes at a time. */
  private static Scan scan(byte[] gzip, long spanSize, int piece) throws IOException {
    Scan scan =
        new Scan(
            new ArrayList<>(),
            new ArrayList<>(),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream());
    new GzipScanner(
            spanSize,
            new ScanListener() {
              @Override
              public void compressed(byte[] buffer, int from, int to) {
                scan.compressed.write(buffer, from, to - from);
              }

              @Override
              public void decompressed(byte[] buffer, int from, int to) {
                scan.decompressed.write(buffer, from, to - from);
              }

              @Override
              public void checkpoint(Checkpoint at) {
                long before = at.in() - (at.bits() > 0 ? 1 : 0);
                assertThat((long) scan.compressed.size()).isEqualTo(before);
                assertThat((long) scan.decompressed.size()).isEqualTo(at.out());
                if (at.bits() > 0) {
                  assertThat(at.lastByte()).isEqualTo(gzip[(int) before]);
                }
                scan.stops.add(new Zlib.Stop(at.in(), at.bits(), at.out()));
                scan.windows.add(
                    Arrays.copyOfRange(at.window(), at.windowEnd() - 32768, at.windowEnd()));
              }
            })
        .scan(
            new FilterInputStream(new ByteArrayInputStream(gzip)) {
              @Override
              public int read(byte[] into, int at, int length) throws IOException {
                return super.read(into, at, Math.min(length, piece));
              }
            });
    return scan;
  }
}
