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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * One large incompressible file read front to back through {@code sluice mount} over a slow link,
 * beside {@code curl} of the same blob over the same link, in turn.
 *
 * <p>{@code SequentialReadBenchmark [MIB [ROUNDS [MILLIS [MBIT]]]]}: size of the file (1024),
 * rounds (3), round trip (20) and rate (1000) of the link. Each round has an empty cache. Needs
 * root, curl, pigz.
 */
public final class SequentialReadBenchmark {
  private static final double GIB = 1L << 30;

  private final NoiseImage image;
  private final Path work;
  private final Path launcher;

  private record Run(double bytesPerSecond, double cpuSeconds, long requests) {}

  private SequentialReadBenchmark(NoiseImage image, Path work, Path launcher) {
    this.image = image;
    this.work = work;
    this.launcher = launcher;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    int mebibytes = number(args, 0, 1024);
    int rounds = number(args, 1, 3);
    Link link =
        new Link(Duration.ofMillis(number(args, 2, 20)), number(args, 3, 1000) * 1_000_000L);
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-sequential-");
    try (NoiseImage image = NoiseImage.make(work, mebibytes)) {
      new SequentialReadBenchmark(image, work, Launcher.path()).run(rounds, link);
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", work);
    }
  }

  private static int number(String[] args, int index, int otherwise) {
    return args.length > index ? Integer.parseInt(args[index]) : otherwise;
  }

  private void run(int rounds, Link link) throws IOException, InterruptedException {
    Launcher.run(launcher, "create", "--plain-http", "--min-layer-size", "0", image.reference());
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
    Path root = work.resolve("root-" + round);
    Path target = work.resolve("rootfs-" + round);
    Shell.script("echo 3 > /proc/sys/vm/drop_caches");
    try (Daemon mount =
        Daemon.start(
            work.resolve("log-" + round),
            Map.of("SLUICE_BUILD", "no", "JAVA_HOME", System.getProperty("java.home")),
            launcher,
            "mount",
            "--plain-http",
            "--root",
            root,
            image.reference(),
            target)) {
      mount.awaitLog(Pattern.compile("(mounted at)"));
      double before = mount.cpuSeconds();
      long asked = image.registry().traffic().requests(RequestKind.BLOB);
      long start = System.nanoTime();
      Shell.run("dd", "if=" + target.resolve("noise"), "of=/dev/null", "bs=1M");
      double seconds = (System.nanoTime() - start) / 1e9;
      Run run =
          new Run(
              Files.size(image.blob()) / seconds,
              mount.cpuSeconds() - before,
              image.registry().traffic().requests(RequestKind.BLOB) - asked);
      Shell.run("kill", "-INT", mount.pid());
      for (int i = 0; i < 1000 && mount.isAlive(); i++) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      return run;
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", root);
    }
  }

  private static Run median(List<Run> runs) {
    return runs.stream()
        .sorted(java.util.Comparator.comparingDouble(Run::bytesPerSecond))
        .toList()
        .get((runs.size() - 1) / 2);
  }
}
