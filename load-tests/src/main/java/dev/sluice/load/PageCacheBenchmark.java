package dev.sluice.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.cache.StagedLayer;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.ReadReply;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What it costs and saves to hand pages between the cache's files and the kernel's page cache: to
 * take a cached chunk's pages out of memory once they were answered, and to push small files before
 * they are read. Needs root and fincore.
 *
 * <p>Usage: {@code PageCacheBenchmark DIRECTORY [runs]}, in a file system on a disk.
 */
public final class PageCacheBenchmark {
  private static final int OPEN_READ_ONLY = 0;
  private static final int DONTNEED = 4; // of both madvise and posix_fadvise
  private static final int NOTIFY_STORE = 4;
  private static final long PAGE = 4096;

  private static final MethodHandle OPEN =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("open"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
              Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE = call("close", JAVA_INT);
  private static final MethodHandle MADVISE = call("madvise", JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle FADVISE =
      call("posix_fadvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle WRITE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("write"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  private enum Way {
    /** As Sluice does it. */
    PLAIN,
    /** Pages of the cache's file leave memory after each answer. */
    ADVISED,
    /** All small files are pushed into the page cache as soon as the kernel knows them. */
    STORED
  }

  private record Result(double seconds, double cpuSeconds, double cacheFileBytes, long requests) {}

  private final Path directory;
  private final int runs;
  private final LayerKey key = new LayerKey("page-cache");
  private final OperatingSystemMXBean process =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private PageCacheBenchmark(Path directory, int runs) {
    this.directory = directory;
    this.runs = runs;
  }

  private static MethodHandle call(String name, java.lang.foreign.MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow(name),
            FunctionDescriptor.of(JAVA_INT, arguments));
  }

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "page-cache").toRealPath();
    new PageCacheBenchmark(directory, args.length > 1 ? Integer.parseInt(args[1]) : 5).run();
  }

  private void run() throws Exception {
    try (ChunkCache cache =
        ChunkCache.open(
            CacheOptions.in(directory.resolve("cache"))
                .withMemoryBytes(0)
                .withDiskReserveBytes(0))) {
      adopt(cache).close();
      System.out.printf("%d runs, medians; %s%n%n", runs, SmallAndBig.DESCRIPTION);
      System.out.println(
          "| reading | way | s | service's CPU s | MiB of the cache's file in memory | requests |");
      System.out.println("|---|---|---|---|---|---|");
      measure(cache, "small files", "find . -path './d*' -type f -print0 | xargs -0 cat");
      measure(
          cache, "small files after ls -lR", "find . -path './d*' -type f -print0 | xargs -0 cat");
      measure(cache, "the big file", "cat big");
      measure(cache, "the big file, again by a fresh mount", "cat big");
    } finally {
      Shell.run("rm", "-rf", directory);
    }
  }

  private LayerCache adopt(ChunkCache cache) throws IOException {
    Random random = new Random(1);
    byte[] piece = new byte[1 << 20];
    try (StagedLayer staged = cache.adopt(key)) {
      for (long at = 0; at < SmallAndBig.TAR_BYTES; at += piece.length) {
        random.nextBytes(piece);
        staged.write(
            ByteBuffer.wrap(piece, 0, (int) Math.min(piece.length, SmallAndBig.TAR_BYTES - at)));
      }
      return staged.commit();
    }
  }

  private void measure(ChunkCache cache, String what, String command) throws Exception {
    Map<Way, List<Result>> results = new EnumMap<>(Way.class);
    for (int run = 0; run <= runs; run++) {
      for (Way way : Way.values()) {
        if (way == Way.STORED && !what.endsWith("ls -lR")) {
          continue;
        }
        Result result = once(cache, way, what, command);
        if (run > 0) { // the first one warms the JVM up
          results.computeIfAbsent(way, _ -> new ArrayList<>()).add(result);
        }
      }
    }
    results.forEach((way, each) ->
        System.out.printf(
            "| %s | %s | %.3f | %.3f | %d | %d |%n",
            what,
            way.name().toLowerCase(java.util.Locale.ROOT),
            median(each.stream().mapToDouble(Result::seconds)),
            median(each.stream().mapToDouble(Result::cpuSeconds)),
            (long) median(each.stream().mapToDouble(Result::cacheFileBytes)) >> 20,
            (long) median(each.stream().mapToDouble(Result::requests))));
  }

  private static double median(java.util.stream.DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private Result once(ChunkCache cache, Way way, String what, String command) throws Exception {
    Path tar = directory.resolve("cache/layers/page-cache.tar");
    int fd = open(tar);
    try (LayerCache layer = cache.openComplete(key).orElseThrow()) {
      var _ = (int) FADVISE.invokeExact(fd, 0L, 0L, DONTNEED);
      if (what.contains("again")) {
        try (FuseMount mount = mount(layer, way, fd)) {
          shell(mount, command);
        }
      }
      try (FuseMount mount = mount(layer, way, fd)) {
        if (what.endsWith("ls -lR")) {
          shell(mount, "ls -lR .");
        }
        long cpu = process.getProcessCpuTime();
        long started = System.nanoTime();
        if (way == Way.STORED) {
          store(layer);
        }
        shell(mount, command);
        double seconds = (System.nanoTime() - started) / 1e9;
        double cpuSeconds = (process.getProcessCpuTime() - cpu) / 1e9;
        long resident = Long.parseLong(Shell.run("fincore", "-b", "-n", "-o", "RES", tar).strip());
        return new Result(
            seconds,
            cpuSeconds,
            resident,
            mount.counters().requests(dev.sluice.fuse.FuseCounters.Operation.READ));
      }
    } catch (Exception e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      close(fd);
    }
  }

  private FuseMount mount(LayerCache layer, Way way, int fd) throws IOException {
    Path target = Files.createDirectories(directory.resolve("mnt"));
    SmallAndBig fs =
        new SmallAndBig((offset, length, reply) -> answer(layer, way, fd, offset, length, reply));
    return new KernelFuseBridge().mount(fs, target, MountOptions.DEFAULT);
  }

  private static void shell(FuseMount mount, String command)
      throws IOException, InterruptedException {
    Shell.script("cd \"$1\"; (" + command + ") > /dev/null", mount.directory());
  }

  private static void answer(
      LayerCache layer, Way way, int fd, long offset, int length, ReadReply reply) {
    try (Lease lease = Objects.requireNonNull(layer.tryRead(offset, length))) {
      long[] addresses = new long[lease.parts()];
      long[] lengths = new long[lease.parts()];
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = lease.address(i);
        lengths[i] = lease.length(i);
      }
      var _ = reply.data(addresses, lengths, addresses.length);
      if (way == Way.ADVISED) {
        for (int i = 0; i < addresses.length; i++) {
          long from = addresses[i] & -PAGE;
          long to = addresses[i] + lengths[i] + PAGE - 1 & -PAGE;
          var _ = (int) MADVISE.invokeExact(from, to - from, DONTNEED);
        }
        long from = offset & -PAGE;
        var _ =
            (int)
                FADVISE.invokeExact(
                    fd, from, (offset + length + PAGE - 1 & -PAGE) - from, DONTNEED);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Pushes all small files. */
  private static void store(LayerCache layer) throws Throwable {
    int device = device();
    try (Arena arena = Arena.ofConfined()) {
      int head = 16 + 24;
      MemorySegment notice = arena.allocate(head + SmallAndBig.SMALL_BYTES, 8);
      for (int file = 0; file < SmallAndBig.FILES; file++) {
        notice.set(JAVA_INT, 0, (int) notice.byteSize());
        notice.set(JAVA_INT, 4, NOTIFY_STORE);
        notice.set(JAVA_LONG, 16, SmallAndBig.nodeOf(file));
        notice.set(JAVA_LONG, 24, 0);
        notice.set(JAVA_INT, 32, SmallAndBig.SMALL_BYTES);
        try (Lease lease =
            Objects.requireNonNull(
                layer.tryRead(SmallAndBig.offsetOf(file), SmallAndBig.SMALL_BYTES))) {
          lease.copyTo(notice.asSlice(head));
        }
        long _ = (long) WRITE.invokeExact(device, notice, notice.byteSize());
      }
    }
  }

  /** Our only descriptor of /dev/fuse. */
  private static int device() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(PageCacheBenchmark::isDevice)
          .mapToInt(each -> Integer.parseInt(each.getFileName().toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean isDevice(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals("/dev/fuse");
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static int open(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), OPEN_READ_ONLY);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void close(int fd) {
    try {
      var _ = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
