package dev.sluice.load;

import dev.sluice.load.Gunzip.Cost;
import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast the index of a layer is built, beside {@code gzip -dc} of the same layer in the same
 * run.
 *
 * <p>{@code IndexBuildBenchmark [ROUNDS [TREE]]}: rounds (default 7), the directory to make the
 * layer of (default: the running JDK). The runs alternate; the medians count.
 */
public final class IndexBuildBenchmark {
  private static final int DEFAULT_ROUNDS = 7;

  private IndexBuildBenchmark() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ROUNDS;
    Path tree = Path.of(args.length > 1 ? args[1] : System.getProperty("java.home"));
    Path directory = Files.createTempDirectory("sluice-index-");
    Path layer = directory.resolve("layer.tar.gz");
    try {
      layer = Gunzip.layerOf(tree, directory);
      run(layer, rounds, directory);
    } finally {
      Files.deleteIfExists(layer);
      Files.delete(directory);
    }
  }

  private static void run(Path layer, int rounds, Path directory)
      throws IOException, InterruptedException {
    BuildOptions options = BuildOptions.of("benchmark").withTemporaryDirectory(directory);
    long bytes = build(layer, options);
    List<Cost> reference = new ArrayList<>();
    List<Cost> index = new ArrayList<>();
    List<Cost> withDigests = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      reference.add(Gunzip.measure(() -> Gunzip.run(layer)));
      index.add(Gunzip.measure(() -> build(layer, options)));
      withDigests.add(Gunzip.measure(() -> build(layer, options.withDigests())));
    }
    System.out.printf(
        Locale.ROOT,
        "layer %.0f MB, decompressed %.0f MB, median of %d%n",
        Files.size(layer) / 1e6,
        bytes / 1e6,
        rounds);
    Cost gzip = Gunzip.median(reference);
    print("gzip -dc", gzip, gzip, bytes);
    print("index", Gunzip.median(index), gzip, bytes);
    print("index, layer digest, diff id", Gunzip.median(withDigests), gzip, bytes);
  }

  private static void print(String name, Cost cost, Cost reference, long bytes) {
    System.out.printf(
        Locale.ROOT,
        "%-30s %s   ratio %.2f by wall, %.2f by CPU%n",
        name,
        cost.of(bytes),
        reference.wallSeconds() / cost.wallSeconds(),
        reference.cpuSeconds() / cost.cpuSeconds());
  }

  private static long build(Path layer, BuildOptions options) throws IOException {
    try (InputStream in = Files.newInputStream(layer);
        BuiltZtoc built = ZtocBuilder.build(in, Compression.GZIP, options)) {
      ZtocWriter.write(built.ztoc(), OutputStream.nullOutputStream());
      return built.decompressedSize();
    }
  }
}
