package dev.sluice.load;

import dev.sluice.embedded.Link;
import dev.sluice.embedded.RequestKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One large incompressible file of a lazy layer read front to back over a slow link, beside {@code
 * curl} of the same blob over the same link, in turn.
 *
 * <p>{@code SequentialReadBenchmark [MIB [ROUNDS [MILLIS [MBIT]]]]}: size of the file (1024),
 * rounds (3), round trip (20) and rate (1000) of the link. Each round has a node of its own, whose
 * service has started and is idle. Needs root, containerd, curl, pigz.
 */
public final class SequentialReadBenchmark {
  private static final double GIB = 1L << 30;

  private static final Duration PULL = Duration.ofMinutes(1);
  private static final String SETTINGS = "[lazy]\nmin_layer_size = 0\n";

  private final NoiseImage image;
  private final Path work;

  private record Run(double bytesPerSecond, double cpuSeconds, long requests) {}

  private SequentialReadBenchmark(NoiseImage image, Path work) {
    this.image = image;
    this.work = work;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    int mebibytes = number(args, 0, 1024);
    int rounds = number(args, 1, 3);
    Link link =
        new Link(Duration.ofMillis(number(args, 2, 20)), number(args, 3, 1000) * 1_000_000L);
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-sequential-");
    try (NoiseImage image = NoiseImage.make(work, mebibytes)) {
      new SequentialReadBenchmark(image, work).run(rounds, link);
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", work);
    }
  }

  private static int number(String[] args, int index, int otherwise) {
    return args.length > index ? Integer.parseInt(args[index]) : otherwise;
  }

  private void run(int rounds, Link link) throws IOException, InterruptedException {
    Sluice.run("create", "--plain-http", "--min-layer-size", "0", image.reference());
    image.link(link);
    double size = Files.size(image.blob());
    System.out.printf(
        Locale.ROOT,
        "%.0f MiB, %d ms, %d Mbit/s, medians of %d rounds%n",
        size / (1 << 20),
        link.roundTrip().toMillis(),
        link.bitsPerSecond() / 1_000_000,
        rounds);
    List<Run> curl = new ArrayList<>();
    List<Run> sluice = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      curl.add(curl());
      sluice.add(sluice(round));
      System.out.printf(
          Locale.ROOT,
          "  round %d: curl %.1f MB/s, sluice %.1f MB/s%n",
          round + 1,
          curl.getLast().bytesPerSecond() / 1e6,
          sluice.getLast().bytesPerSecond() / 1e6);
    }
    Run reference = median(curl);
    Run ours = median(sluice);
    System.out.printf(
        Locale.ROOT,
        "curl %.1f MB/s; sluice %.1f MB/s, ratio %.3f, %.2f CPU s/GiB, %d requests%n",
        reference.bytesPerSecond() / 1e6,
        ours.bytesPerSecond() / 1e6,
        ours.bytesPerSecond() / reference.bytesPerSecond(),
        ours.cpuSeconds() / (size / GIB),
        ours.requests());
  }

  private Run curl() throws IOException, InterruptedException {
    String rate =
        Shell.run("curl", "-sSf", "-o", "/dev/null", "-w", "%{speed_download}", image.blobUrl());
    return new Run(Double.parseDouble(rate.strip()), 0, 1);
  }

  private Run sluice(int round) throws IOException, InterruptedException {
    Shell.script("echo 3 > /proc/sys/vm/drop_caches");
    Path directory = Files.createDirectory(work.resolve("node-" + round));
    try (LazyNode node = LazyNode.start(directory, image.registry().host(), SETTINGS)) {
      long service = node.service().pid();
      if (!Settling.await(() -> ProcessUsage.cpuSeconds(service))) {
        System.out.println("  the service does not become idle; measured nevertheless");
      }
      node.pull(PULL, "sluice", image.reference());
      try (MountedImage mounted = MountedImage.of(node, "sluice", work.resolve("rootfs"))) {
        double before = ProcessUsage.cpuSeconds(service);
        long asked = image.registry().traffic().requests(RequestKind.BLOB);
        long start = System.nanoTime();
        Shell.run("dd", "if=" + mounted.directory().resolve("noise"), "of=/dev/null", "bs=1M");
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Run(
            Files.size(image.blob()) / seconds,
            ProcessUsage.cpuSeconds(service) - before,
            image.registry().traffic().requests(RequestKind.BLOB) - asked);
      }
    }
  }

  private static Run median(List<Run> runs) {
    return runs.stream()
        .sorted(java.util.Comparator.comparingDouble(Run::bytesPerSecond))
        .toList()
        .get((runs.size() - 1) / 2);
  }
}
