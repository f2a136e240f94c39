package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuzz.FuzzTarget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A tar. Its checksums are made right first, else nothing behind them would be reached. How it is
 * cut into pieces changes nothing.
 */
public final class TarFuzz implements FuzzTarget {
  private static final int BLOCK = 512;
  private static final int CHECKSUM = 148;
  private static final Limits LIMITS = new Limits(1 << 20, 1000, 4096, 1 << 16, 256, 16 << 20);

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() throws IOException {
    RandomLayers layers = new RandomLayers(new Random(11));
    List<byte[]> seeds = new ArrayList<>();
    while (seeds.size() < 6) {
      byte[] tar = layers.tar(6);
      if (tar.length < 40_000) {
        seeds.add(tar);
      }
    }
    return seeds;
  }

  @Override
  public void run(byte[] input) {
    repair(input);
    Outcome whole = outcome(input, input.length + 1);
    assertThat(outcome(input, 511)).isEqualTo(whole);
    if (whole.refused() != null) {
      throw new SluiceException(whole.refused(), whole.message());
    }
  }

  /** What came of a tar; {@code refused} is null if it was taken. */
  private record Outcome(List<TocEntry> entries, FailureKind refused, String message) {}

  private static Outcome outcome(byte[] input, int piece) {
    TarParser parser = new TarParser(LIMITS, TarParser.GlobalHeaders.IGNORE);
    try {
      for (int from = 0; from < input.length; from += piece) {
        parser.accept(input, from, Math.min(input.length, from + piece));
      }
      parser.end();
      return new Outcome(parser.entries(), null, "");
    } catch (SluiceException e) {
      return new Outcome(parser.entries(), e.kind(), String.valueOf(e.getMessage()));
    }
  }

  /** Gives each block that could be a header the checksum that it should have. */
  private static void repair(byte[] tar) {
    for (int block = 0; block + BLOCK <= tar.length; block += BLOCK) {
      if (tar[block] == 0 || tar[block + 257] != 'u') {
        continue;
      }
      Arrays.fill(tar, block + CHECKSUM, block + CHECKSUM + 8, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < BLOCK; i++) {
        sum += tar[block + i] & 0xff;
      }
      String text = "%06o\0 ".formatted(sum);
      for (int i = 0; i < 8; i++) {
        tar[block + CHECKSUM + i] = (byte) text.charAt(i);
      }
    }
  }
}
