package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A ztoc: what is taken has spans that cover the tar in order, and is written as it was read. */
public final class ZtocFuzz implements FuzzTarget {
  private static final Limits LIMITS = new Limits(4 << 20, 20_000, 4096, 1 << 16, 256, 16 << 20);

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() throws Exception {
    List<byte[]> seeds = new ArrayList<>();
    RandomLayers layers = new RandomLayers(new Random(6));
    seeds.add(Layers.build(layers.tar(0), Compression.UNCOMPRESSED, 1000).ztoc());
    seeds.add(Layers.build(layers.tar(8), Compression.UNCOMPRESSED, 2000).ztoc());
    seeds.add(Layers.build(layers.gzip(layers.tar(3)), Compression.GZIP, 1 << 20).ztoc());
    return seeds;
  }

  @Override
  public void run(byte[] input) {
    byte[] written;
    try (Ztoc ztoc = ZtocReader.read(input, LIMITS)) {
      check(ztoc);
      written = ZtocWriter.write(ztoc);
      try (Ztoc again = ZtocReader.read(written, Limits.DEFAULT)) {
        assertThat(again.entries()).isEqualTo(ztoc.entries());
        assertThat(again.spans().uncompressedStarts()).isEqualTo(ztoc.spans().uncompressedStarts());
        assertThat(ZtocWriter.write(again)).isEqualTo(written);
      }
    }
  }

  private static void check(Ztoc ztoc) {
    SpanTable spans = ztoc.spans();
    long tar = 0;
    long blob = 0;
    for (int span = 0; span < spans.count(); span++) {
      assertThat(spans.uncompressedStart(span)).isEqualTo(tar);
      assertThat(spans.uncompressedEnd(span)).isGreaterThan(tar);
      assertThat(spans.compressedStart(span)).isGreaterThanOrEqualTo(blob);
      assertThat(spans.compressedEnd(span)).isGreaterThanOrEqualTo(spans.compressedStart(span));
      assertThat(spans.digest(span)).isNotNull();
      tar = spans.uncompressedEnd(span);
      blob = Math.max(0, spans.compressedEnd(span) - 1);
    }
    assertThat(tar).isEqualTo(spans.count() == 0 ? 0 : ztoc.uncompressedSize());
    for (TocEntry entry : ztoc.entries()) {
      assertThat(entry.offset() + entry.contentSize()).isBetween(0L, ztoc.uncompressedSize());
    }
  }

  @Override
  public long memory() {
    return 256 << 20;
  }
}
