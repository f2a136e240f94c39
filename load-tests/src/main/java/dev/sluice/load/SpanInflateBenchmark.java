package dev.sluice.load;

import dev.sluice.load.Gunzip.Cost;
import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocReader;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast spans are verified and inflated from their checkpoints, one after the other on one
 * thread, beside {@code gzip -dc} of the same layer in the same run.
 *
 * <p>{@code SpanInflateBenchmark [ROUNDS [TREE]]}, as {@link IndexBuildBenchmark}.
 */
public final class SpanInflateBenchmark {
  private static final int DEFAULT_ROUNDS = 7;
  private static final long[] SPAN_SIZES = {256 << 10, 1 << 20, 4 << 20};

  private SpanInflateBenchmark() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    Path tree = Path.of(args.length > 1 ? args[1] : System.getProperty("java.home"));
    Path directory = Files.createTempDirectory("sluice-inflate-");
    Path layer = directory.resolve("layer.tar.gz");
    Path ztoc = directory.resolve("ztoc");
    try {
      layer = Gunzip.layerOf(tree, directory);
      for (long spanSize : SPAN_SIZES) {
        build(layer, ztoc, spanSize, directory);
        run(layer, ztoc, rounds);
      }
    } finally {
      Files.deleteIfExists(layer);
      Files.deleteIfExists(ztoc);
      Files.delete(directory);
    }
  }

  private static void build(Path layer, Path file, long spanSize, Path directory)
      throws IOException {
    BuildOptions options =
        BuildOptions.of("benchmark").withSpanSize(spanSize).withTemporaryDirectory(directory);
    try (InputStream in = Files.newInputStream(layer);
        BuiltZtoc built = ZtocBuilder.build(in, Compression.GZIP, options);
        OutputStream out = Files.newOutputStream(file)) {
      ZtocWriter.write(built.ztoc(), out);
    }
  }

  private static void run(Path layer, Path file, int rounds)
      throws IOException, InterruptedException {
    try (Arena arena = Arena.ofShared();
        FileChannel channel = FileChannel.open(layer);
        Ztoc ztoc = ZtocReader.open(file, Limits.DEFAULT)) {
      MemorySegment blob = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      SpanTable spans = ztoc.spans();
      MemorySegment place = arena.allocate(SpanTable.ROOM_BEFORE + longest(spans));
      inflateAll(spans, blob, place);
      List<Cost> reference = new ArrayList<>();
      List<Cost> ours = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        reference.add(Gunzip.measure(() -> Gunzip.run(layer)));
        ours.add(Gunzip.measure(() -> inflateAll(spans, blob, place)));
      }
      long bytes = ztoc.uncompressedSize();
      Cost gzip = Gunzip.median(reference);
      Cost inflate = Gunzip.median(ours);
      System.out.printf(
          Locale.ROOT,
          "%d spans of %d KiB: gzip -dc %s, from checkpoints %s, ratio %.2f by wall, %.2f by CPU%n",
          spans.count(),
          spans.spanSize() >> 10,
          gzip.of(bytes),
          inflate.of(bytes),
          gzip.wallSeconds() / inflate.wallSeconds(),
          gzip.cpuSeconds() / inflate.cpuSeconds());
    }
  }

  private static long longest(SpanTable spans) {
    long longest = 0;
    for (int i = 0; i < spans.count(); i++) {
      longest = Math.max(longest, spans.uncompressedEnd(i) - spans.uncompressedStart(i));
    }
    return longest;
  }

  private static void inflateAll(SpanTable spans, MemorySegment blob, MemorySegment place) {
    for (int i = 0; i < spans.count(); i++) {
      long from = spans.compressedStart(i);
      spans.verifyAndInflate(
          i,
          blob.asSlice(from, spans.compressedEnd(i) - from),
          place.asSlice(
              0, SpanTable.ROOM_BEFORE + spans.uncompressedEnd(i) - spans.uncompressedStart(i)));
    }
  }
}
