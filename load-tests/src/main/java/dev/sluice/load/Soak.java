package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Pulls an image, runs a container that reads all of it, compares every byte, removes both, and
 * again, for as long as it is told; what the service holds must be flat.
 *
 * <p>{@code Soak MINUTES}. The cache is smaller than the image, so that each round evicts. Memory,
 * descriptors, threads and disk of the service are looked at after every round; the line through
 * the last two thirds of what was seen must rise by less than the bounds over all of the time.
 * Needs what the end-to-end tests need.
 */
public final class Soak {
  private static final Duration STEP = Duration.ofMinutes(3);
  private static final int LAYERS = 6;

  /** By how much the line may rise. */
  private static final Map<String, Double> BOUNDS =
      Map.of("RSS, MiB", 32.0, "descriptors", 8.0, "threads", 6.0, "disk, MiB", 8.0);

  /** A container has a /dev/full too, which never ends. */
  private static final String READ_ALL = "cat d[0-9]*/f* | %smd5sum | %scut -d' ' -f1";

  private final Path work;
  private final List<Double> minutes = new ArrayList<>();
  private final Map<String, List<Double>> seen = new LinkedHashMap<>();
  private long bytes;

  private Soak(Path work) {
    this.work = work;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-soak-");
    boolean flat;
    try {
      flat = new Soak(work).run(Double.parseDouble(args[0]));
    } finally {
      Program.run(STEP, "rm", "-rf", "--one-file-system", work);
    }
    System.exit(flat ? 0 : 1);
  }

  private boolean run(double limit) throws IOException, InterruptedException {
    System.out.printf("rounds for %.1f minutes, at least three; first an image is made%n", limit);
    Path layout = LayeredImage.make(Files.createDirectories(work.resolve("image")), LAYERS);
    Path truth = work.resolve("truth");
    Program.run(STEP, "umoci", "unpack", "--image", layout + ":layers", truth);
    String expected =
        Program.run(STEP, "sh", "-c", "cd " + truth + "/rootfs; " + READ_ALL.formatted("", ""));
    long size = LAYERS * (long) LayeredImage.FILES * 4096;
    try (DockerRegistry registry = DockerRegistry.start(work.resolve("registry"))) {
      String image = registry.push(layout, "layers", "soak:v1");
      Sluice.run("create", "--plain-http", "--min-layer-size", "0", image);
      Path certs = work.resolve("certs");
      Files.writeString(
          Files.createDirectories(certs.resolve(registry.host())).resolve("hosts.toml"),
          "server = \"http://" + registry.host() + "\"\n");
      String settings =
          """
          [lazy]
          min_layer_size = 0
          [cache]
          memory = "8MiB"
          disk = "16MiB"
          """;
      try (SluiceService service = SluiceService.start(work.resolve("s"), certs, settings);
          Containerd containerd = Containerd.start(work.resolve("c"), service.socket(), certs)) {
        long start = System.nanoTime();
        for (int round = 1; round < 4 || elapsed(start) < limit; round++) {
          String read = round(containerd, certs, image);
          if (!read.strip().equals(expected.strip())) {
            throw new AssertionError("round %d read %s, not %s".formatted(round, read, expected));
          }
          bytes += size;
          look(service, elapsed(start));
          tell(round);
        }
      }
    }
    return judge();
  }

  private static double elapsed(long start) {
    return (System.nanoTime() - start) / 60e9;
  }

  private static String round(Containerd containerd, Path certs, String image)
      throws InterruptedException {
    Sluice.run("image", "pull", "--address", containerd.socket(), "--hosts-dir", certs, image);
    String busybox = "/dev/busybox ";
    String read =
        containerd.run("sluice", image, "reader", busybox + READ_ALL.formatted(busybox, busybox));
    var _ = containerd.result("container", "rm", "reader");
    containerd.ctr("image", "rm", "--sync", image);
    Waiting.until(
        "the layers are gone",
        STEP,
        () -> containerd.ctr("snapshot", "--snapshotter", "sluice", "ls").lines().count() <= 1);
    return read;
  }

  private void look(SluiceService service, double now) throws IOException {
    minutes.add(now);
    Path process = Path.of("/proc/" + service.pid());
    Map<String, Double> status = new LinkedHashMap<>();
    for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.US_ASCII)) {
      String[] words = line.split("[:\\s]+", -1);
      if (words[0].equals("VmRSS")) {
        status.put("RSS, MiB", Double.parseDouble(words[1]) / 1024);
      } else if (words[0].equals("Threads")) {
        status.put("threads", Double.parseDouble(words[1]));
      }
    }
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      status.put("descriptors", (double) open.count());
    }
    String used = Program.run(STEP, "du", "-sxk", "--", service.root().toString());
    status.put("disk, MiB", Double.parseDouble(used.split("\\s", 2)[0]) / 1024);
    status.forEach((what, value) -> seen.computeIfAbsent(what, _ -> new ArrayList<>()).add(value));
  }

  private void tell(int round) {
    StringBuilder line =
        new StringBuilder("round %4d, minute %7.1f".formatted(round, minutes.getLast()));
    seen.forEach((what, values) -> line.append(", %s %.1f".formatted(what, values.getLast())));
    System.out.println(line);
  }

  private boolean judge() {
    boolean flat = true;
    int from = minutes.size() / 3;
    System.out.printf(
        Locale.ROOT,
        "%d rounds, %.1f MiB read and compared, 0 wrong%n",
        minutes.size(),
        bytes / 1048576.0);
    for (Map.Entry<String, List<Double>> each : seen.entrySet()) {
      double rise =
          slope(
                  minutes.subList(from, minutes.size()),
                  each.getValue().subList(from, minutes.size()))
              * (minutes.getLast() - minutes.get(from));
      double bound = BOUNDS.getOrDefault(each.getKey(), 0.0);
      flat &= rise < bound;
      System.out.printf(
          Locale.ROOT,
          "%-12s rises by %7.2f, may by %.0f: %s%n",
          each.getKey(),
          rise,
          bound,
          rise < bound ? "flat" : "NOT FLAT");
    }
    return flat;
  }

  /** Of the line of least squares. */
  static double slope(List<Double> x, List<Double> y) {
    double meanX = x.stream().mapToDouble(each -> each).average().orElse(0);
    double meanY = y.stream().mapToDouble(each -> each).average().orElse(0);
    double above = 0;
    double below = 0;
    for (int i = 0; i < x.size(); i++) {
      above += (x.get(i) - meanX) * (y.get(i) - meanY);
      below += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return below == 0 ? 0 : above / below;
  }
}
