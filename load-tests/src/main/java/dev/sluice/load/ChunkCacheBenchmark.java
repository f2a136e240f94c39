package dev.sluice.load;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What a cache hit costs, beside a read of a plain file that is in the page cache.
 *
 * <p>{@code lease} is what a FUSE reader does before it hands the bytes to the kernel; {@code copy}
 * copies them too, as {@code plainFile} does. All read at random aligned offsets of 64 MiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChunkCacheBenchmark {
  private static final int LAYER_BYTES = 64 << 20;
  private static final ChunkMap CHUNKS = ChunkMap.fixed(4 << 20, LAYER_BYTES);

  /** Which tier answers. */
  public enum Tier {
    MEMORY,
    DISK
  }

  @Param({"MEMORY", "DISK"})
  public Tier tier = Tier.MEMORY;

  @Param({"4096", "131072"})
  public int size;

  private final Arena arena = Arena.ofShared();
  private Path directory = Path.of("");
  private MemorySegment target = MemorySegment.NULL;
  private ByteBuffer targetBuffer = ByteBuffer.allocate(0);

  private @Nullable ChunkCache cache;
  private @Nullable LayerCache layer;
  private @Nullable FileChannel plainFile;

  @Setup(Level.Trial)
  public void fill() throws Exception {
    directory = Files.createTempDirectory("sluice-bench-");
    target = arena.allocate(size, 4096);
    targetBuffer = target.asByteBuffer();
    CacheOptions options = CacheOptions.in(directory.resolve("cache")).withDiskReserveBytes(0);
    options =
        tier == Tier.MEMORY
            ? options.withDiskBytes(0).withMemoryBytes(4L * LAYER_BYTES)
            : options.withMemoryBytes(0);
    open(options).fill(0, CHUNKS.count() - 1, Lane.DEMAND).get(1, TimeUnit.MINUTES);
    if (tier == Tier.DISK) {
      // What waits for the disk is still answered from memory; after a restart nothing is.
      Objects.requireNonNull(cache).close();
      open(options);
    }
    Path plain = directory.resolve("plain");
    Files.write(plain, new byte[LAYER_BYTES]);
    plainFile = FileChannel.open(plain, StandardOpenOption.READ);
  }

  private LayerCache open(CacheOptions options) throws IOException {
    ChunkCache opened = ChunkCache.open(options);
    LayerCache layerOpened = opened.open(new LayerKey("layer"), CHUNKS, new Zeros());
    cache = opened;
    layer = layerOpened;
    return layerOpened;
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    Objects.requireNonNull(plainFile).close();
    Objects.requireNonNull(cache).close();
    arena.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public long lease() {
    try (Lease lease = hit()) {
      return lease.address(0);
    }
  }

  @Benchmark
  public long copy() throws IOException {
    try (Lease lease = hit()) {
      lease.copyTo(target);
      return lease.length();
    }
  }

  @Benchmark
  public int plainFile() throws IOException {
    return Objects.requireNonNull(plainFile).read(targetBuffer.clear(), offset());
  }

  private Lease hit() {
    return Objects.requireNonNull(
        Objects.requireNonNull(layer).tryRead(offset(), size), "the cache lost a chunk");
  }

  private long offset() {
    return (long) ThreadLocalRandom.current().nextInt(LAYER_BYTES / size) * size;
  }

  /** Brings chunks of zeros. */
  private static final class Zeros implements Origin {
    @Override
    public void fetch(int first, int last, Lane lane, Sink sink) {
      for (int chunk = first; chunk <= last; chunk++) {
        sink.arrived(
            chunk, VerifiedChunk.from(CHUNKS.length(chunk), bytes -> bytes.fill((byte) 0)));
      }
    }
  }

  /**
   * @param args JMH's options, e.g. {@code -p tier=DISK} or {@code -t 2}
   */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .parent(new CommandLineOptions(args))
                    .include(ChunkCacheBenchmark.class.getName())
                    .build())
            .run();
    Map<String, Double> nanos = new TreeMap<>();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      nanos.put(
          "%-6s %6s bytes %s"
              .formatted(
                  params.getParam("tier"),
                  params.getParam("size"),
                  params.getBenchmark().replaceFirst(".*\\.", "")),
          result.getPrimaryResult().getScore());
    }
    System.out.println();
    nanos.forEach((name, time) -> {
      String reference = name.substring(0, name.lastIndexOf(' ')) + " plainFile";
      System.out.printf(
          "%-32s %8.0f ns, %.2f x plainFile%n",
          name, time, time / nanos.getOrDefault(reference, Double.NaN));
    });
  }
}
