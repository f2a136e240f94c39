package dev.sluice.load;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * Serves one tree by each bridge and by the host's tmpfs, and lets other processes read it: what a
 * bridge costs, as a ratio to the reference of the same run. Needs root and fio.
 *
 * <p>Usage: {@code FuseBenchmark [runs] [MiB of the big file]}.
 */
public final class FuseBenchmark {
  /*
   * Each measurement gets a fresh mount, so that "cold" needs no global drop of caches. Runs go
   * round all servers before the next begins: what disturbs the machine disturbs all of them. The
   * content is in memory, so a bridge is all that is measured; tmpfs is always warm.
   */
  private static final int DIRECTORIES = 20;
  private static final int FILES_PER_DIRECTORY = 500;
  private static final int SMALL_FILE_BYTES = 12_000;
  private static final double GIB = 1L << 30;

  private enum Server {
    TMPFS,
    KERNEL,
    /** As on Linux before 6.9, where requests in flight are kept in memory. */
    KERNEL_KEEPING,
    LIBFUSE;

    FuseBridge bridge() {
      return switch (this) {
        case KERNEL -> new KernelFuseBridge();
        case KERNEL_KEEPING -> KernelFuseBridge.withoutResend();
        case LIBFUSE -> new JnrFuseBridge();
        case TMPFS -> throw new IllegalStateException("tmpfs is no bridge of ours");
      };
    }
  }

  private final int runs;
  private final long bigFileBytes;
  private final Content small = Content.random(SMALL_FILE_BYTES, 1);
  private final Content big;
  private final MemoryFs fs = new MemoryFs();
  private final Path base;
  private final Path reference;
  private final OperatingSystemMXBean process =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private FuseBenchmark(int runs, long bigFileBytes) throws IOException {
    this.runs = runs;
    this.bigFileBytes = bigFileBytes;
    this.big = Content.random(bigFileBytes, 2);
    this.base = Files.createTempDirectory("sluice-fuse-benchmark").toRealPath();
    this.reference = Files.createDirectory(base.resolve("tmpfs"));
  }

  public static void main(String[] args) throws IOException {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    long mebibytes = args.length > 1 ? Long.parseLong(args[1]) : 512;
    new FuseBenchmark(runs, mebibytes << 20).run();
  }

  private void run() throws IOException {
    try {
      Mounts.mount("sluice-benchmark", reference, "tmpfs", 0, "size=4g");
      buildTrees();
      System.out.printf(
          "%d runs, medians; %d files in %d directories, big file %d MiB; CPU s is the server's%n%n",
          runs, DIRECTORIES * FILES_PER_DIRECTORY, DIRECTORIES, bigFileBytes >> 20);
      System.out.println(
          "| what | unit | tmpfs | kernel bridge | ratio | before Linux 6.9 | ratio | libfuse bridge | ratio |");
      System.out.println("|---|---|---|---|---|---|---|---|---|");
      for (FuseWorkload workload : FuseWorkload.values()) {
        measure(workload);
      }
    } finally {
      Mounts.unmount(reference, EnumSet.of(Mounts.Unmount.LAZY));
      Files.delete(reference);
      Files.deleteIfExists(base.resolve("mnt"));
      Files.delete(base);
    }
  }

  private void measure(FuseWorkload workload) throws IOException {
    Map<Server, List<Double>> results = new EnumMap<>(Server.class);
    Map<Server, List<Double>> cpu = new EnumMap<>(Server.class);
    for (int run = 0; run <= runs; run++) {
      for (Server server : Server.values()) {
        long before = process.getProcessCpuTime();
        double result = on(server, workload);
        double seconds = (process.getProcessCpuTime() - before) / 1e9;
        if (run > 0) { // the first one warms the JVM up
          results.computeIfAbsent(server, s -> new ArrayList<>()).add(result);
          cpu.computeIfAbsent(server, s -> new ArrayList<>()).add(seconds);
        }
      }
    }
    double tmpfs = median(results, Server.TMPFS);
    double kernel = median(results, Server.KERNEL);
    double keeping = median(results, Server.KERNEL_KEEPING);
    double libfuse = median(results, Server.LIBFUSE);
    System.out.printf(
        "| %s | %s | %.0f | %.0f | %.3f | %.0f | %.3f | %.0f | %.3f |%n",
        workload.title(),
        workload.unit(),
        tmpfs,
        kernel,
        kernel / tmpfs,
        keeping,
        keeping / tmpfs,
        libfuse,
        libfuse / tmpfs);
    if (workload.readsWholeBigFile()) {
      System.out.printf(
          "| – its CPU | s/GiB | | %.3f | | %.3f | | %.3f | |%n",
          median(cpu, Server.KERNEL) / (bigFileBytes / GIB),
          median(cpu, Server.KERNEL_KEEPING) / (bigFileBytes / GIB),
          median(cpu, Server.LIBFUSE) / (bigFileBytes / GIB));
    }
  }

  private double on(Server server, FuseWorkload workload) throws IOException {
    if (server == Server.TMPFS) {
      return workload.run(reference, bigFileBytes);
    }
    Path target = Files.createDirectories(base.resolve("mnt"));
    try (FuseMount mount = server.bridge().mount(fs, target, MountOptions.DEFAULT)) {
      return workload.run(mount.directory(), bigFileBytes);
    }
  }

  private void buildTrees() throws IOException {
    byte[] bytes = new byte[SMALL_FILE_BYTES];
    for (int d = 0; d < DIRECTORIES; d++) {
      MemoryNode directory = fs.root().directory("d" + d);
      Path copy = Files.createDirectory(reference.resolve("d" + d));
      for (int f = 0; f < FILES_PER_DIRECTORY; f++) {
        directory.file("file-" + f, small);
        Files.write(copy.resolve("file-" + f), bytes);
      }
    }
    fs.root().file("big", big);
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(reference.resolve("big"))) {
      for (long written = 0; written < bigFileBytes; written += piece.length) {
        out.write(piece);
      }
    }
  }

  private static double median(Map<Server, List<Double>> of, Server server) {
    double[] sorted =
        of.getOrDefault(server, List.of()).stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
