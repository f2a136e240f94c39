package dev.sluice.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A layer of this machine's own files, and {@code gzip -dc} of it: the reference of the benchmarks
 * that decompress.
 */
final class Gunzip {
  /** What a run took. Waiting for a busy machine counts in the wall time only. */
  record Cost(double wallSeconds, double cpuSeconds) {
    String of(long bytes) {
      return String.format(
          Locale.ROOT,
          "%6.0f MB/s   %5.2f CPU s/GiB",
          bytes / 1e6 / wallSeconds,
          cpuSeconds * (1L << 30) / bytes);
    }
  }

  /** Something whose cost is wanted. */
  interface Work {
    void run() throws IOException, InterruptedException;
  }

  private Gunzip() {}

  /** A tar of {@code tree}, compressed with {@code gzip -6}. */
  static Path layerOf(Path tree, Path directory) throws IOException, InterruptedException {
    Path layer = directory.resolve("layer.tar.gz");
    Process process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "tar -C \"$1\" -cf - . | gzip -6 > \"$2\"",
                "sh",
                tree.toString(),
                layer.toString())
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("tar of " + tree + " failed with " + process.exitValue());
    }
    return layer;
  }

  /** Runs {@code gzip -dc} into nothing. */
  static void run(Path layer) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("gzip", "-dc", layer.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("gzip -dc " + layer + " failed with " + process.exitValue());
    }
  }

  /** The costs of some runs, children included. */
  static Cost median(List<Cost> costs) {
    return new Cost(
        middle(costs.stream().mapToDouble(Cost::wallSeconds).toArray()),
        middle(costs.stream().mapToDouble(Cost::cpuSeconds).toArray()));
  }

  private static double middle(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  static Cost measure(Work work) throws IOException, InterruptedException {
    double cpu = cpuSeconds();
    long start = System.nanoTime();
    work.run();
    double wall = (System.nanoTime() - start) / 1e9;
    return new Cost(wall, cpuSeconds() - cpu);
  }

  /** CPU time of this process and of those it has waited for. */
  private static double cpuSeconds() throws IOException {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9 + ProcessUsage.childrenSeconds();
  }
}
