package dev.sluice.load.soak;

import dev.sluice.load.Containerd;
import dev.sluice.load.DockerRegistry;
import dev.sluice.load.LayeredImage;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.SluiceService;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Pulls an image, runs a container that reads all of it, compares every byte, removes both, and
 * again, for as long as it is told; what the service holds must be flat, and its memory must come
 * down when nothing goes on. The cache is smaller than the image, so that each round evicts.
 */
final class Soak {
  private static final Duration STEP = Duration.ofMinutes(3);
  private static final int LAYERS = 6;

  /** Told are the first rounds, and then one a minute. */
  private static final int TOLD = 10;

  /** What the service may take when nothing has gone on for a while. */
  private static final double IDLE_MIB = 220;

  /** runc knows containers of all containerds by their names. */
  private static final String CONTAINER = "soak-" + ProcessHandle.current().pid();

  /** A container has a /dev/full too, which never ends. */
  private static final String READ_ALL = "cat d[0-9]*/f* | %smd5sum | %scut -d' ' -f1";

  private static final String SETTINGS =
      """
      [lazy]
      min_layer_size = 0
      [cache]
      memory = "8MiB"
      disk = "16MiB"
      """;

  private final Path work;
  private final Consumer<String> out;
  private final Usage usage = new Usage();
  private int rounds;
  private double toldAt;

  /**
   * @param work an empty directory
   * @param out gets lines for people
   */
  Soak(Path work, Consumer<String> out) {
    this.work = work;
    this.out = out;
  }

  /**
   * Whether all is flat.
   *
   * @param limit minutes, after which the round that runs is the last; there are at least three
   * @throws IllegalStateException if a round fails or does not end
   */
  boolean run(double limit) throws IOException, InterruptedException {
    out.accept("rounds for " + limit + " minutes, at least three; first an image is made");
    Path layout = LayeredImage.make(Files.createDirectories(work.resolve("image")), LAYERS);
    Path truth = work.resolve("truth");
    Program.run(STEP, "umoci", "unpack", "--image", layout + ":layers", truth);
    String expected =
        Program.run(STEP, "sh", "-c", "cd " + truth + "/rootfs; " + READ_ALL.formatted("", ""));
    try (DockerRegistry registry = DockerRegistry.start(work.resolve("registry"))) {
      String image = registry.push(layout, "layers", "soak:v1");
      Sluice.run("create", "--plain-http", "--min-layer-size", "0", image);
      Path certs = work.resolve("certs");
      Files.writeString(
          Files.createDirectories(certs.resolve(registry.host())).resolve("hosts.toml"),
          "server = \"http://" + registry.host() + "\"\n");
      try (SluiceService service = SluiceService.start(work.resolve("s"), certs, SETTINGS);
          Containerd containerd = Containerd.start(work.resolve("c"), service.socket(), certs)) {
        long start = System.nanoTime();
        while (rounds < 3 || elapsed(start) < limit) {
          rounds++;
          String read = round(service, containerd, certs, image);
          if (!read.strip().equals(expected.strip())) {
            throw new IllegalStateException(
                "round %d read %s, not %s".formatted(rounds, read, expected));
          }
          usage.look(service, elapsed(start));
          tell(elapsed(start));
        }
        boolean flat = judge();
        return comesDown(service) && flat;
      }
    }
  }

  private static double elapsed(long start) {
    return (System.nanoTime() - start) / 60e9;
  }

  private String round(SluiceService service, Containerd containerd, Path certs, String image) {
    try {
      Sluice.run("image", "pull", "--address", containerd.socket(), "--hosts-dir", certs, image);
      String busybox = "/dev/busybox ";
      String read =
          containerd.run(
              "sluice", image, CONTAINER, busybox + READ_ALL.formatted(busybox, busybox));
      var _ = containerd.result("container", "rm", CONTAINER);
      containerd.ctr("image", "rm", "--sync", image);
      Waiting.until(
          "the layers are gone",
          STEP,
          () -> containerd.ctr("snapshot", "--snapshotter", "sluice", "ls").lines().count() <= 1);
      return read;
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "round " + rounds + " failed; the service said:\n" + service.said(), e);
    }
  }

  private void tell(double minute) {
    if (rounds <= TOLD || minute - toldAt >= 1) {
      toldAt = minute;
      StringBuilder line = new StringBuilder("round %5d, minute %7.1f".formatted(rounds, minute));
      usage.all().forEach(each -> line.append(", %s %.1f".formatted(each.name(), each.last())));
      out.accept(line.toString());
    }
  }

  private boolean judge() {
    double read = rounds * (double) LAYERS * LayeredImage.FILES * LayeredImage.FILE_BYTES;
    out.accept("%d rounds, %.1f MiB read and compared, 0 wrong".formatted(rounds, read / 1048576));
    usage.all().forEach(each -> out.accept(each.verdict()));
    return usage.all().stream().allMatch(Series::isFlat);
  }

  /** What the load needed must go back to the machine. */
  private boolean comesDown(SluiceService service) throws IOException {
    try {
      Waiting.until("memory comes down", STEP, () -> Usage.resident(service) <= IDLE_MIB);
    } catch (IllegalStateException e) {
      out.accept(
          "idle for %d s, RSS is %.1f MiB, may be %.0f: NOT DOWN"
              .formatted(STEP.toSeconds(), Usage.resident(service), IDLE_MIB));
      return false;
    }
    out.accept(
        "idle: RSS comes down to %.1f MiB, must to %.0f"
            .formatted(Usage.resident(service), IDLE_MIB));
    return true;
  }
}
