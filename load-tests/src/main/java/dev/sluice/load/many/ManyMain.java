package dev.sluice.load.many;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.load.Containerd;
import dev.sluice.load.ProcessUsage;
import dev.sluice.load.Program;
import dev.sluice.load.SluiceService;
import dev.sluice.load.Waiting;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@code load-tests/many [LAYERS [CONTAINERS [FILES [FACE]]]]}; see there. */
public final class ManyMain {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int LAYERS_PER_IMAGE = 60;
  private static final int READS = 4000;
  private static final long SEED = 20261130;

  private static final String SETTINGS =
      """
      [lazy]
      min_layer_size = 0
      layer_face = "FACE"
      [cache]
      disk_reserve = "0"
      [fill]
      enable = false
      """;

  private final int layers;
  private final int containers;
  private final int files;
  private final String face;

  private ManyMain(int layers, int containers, int files, String face) {
    this.layers = layers;
    this.containers = containers;
    this.files = files;
    this.face = face;
  }

  public static void main(String[] arguments)
      throws IOException, InterruptedException, TimeoutException {
    int layers = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
    int containers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
    int files = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    String face = arguments.length > 3 ? arguments[3] : "auto";
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-many-");
    try {
      new ManyMain(layers, containers, files, face).run(work);
    } finally {
      Program.run(LIMIT, "rm", "-rf", "--one-file-system", work);
    }
    System.exit(0);
  }

  private void run(Path work) throws IOException, InterruptedException, TimeoutException {
    Vertx vertx = Vertx.vertx();
    EmbeddedRegistry registry =
        EmbeddedRegistry.start(vertx, EmbeddedOptions.in(work.resolve("registry")))
            .await(1, TimeUnit.MINUTES);
    Path certs = work.resolve("certs");
    Files.writeString(
        Files.createDirectories(certs.resolve(registry.host())).resolve("hosts.toml"),
        "server = \"http://" + registry.host() + "\"\n");
    Tools tools = new Tools(vertx);
    ManyImages source = new ManyImages(registry, tools, SEED, LAYERS_PER_IMAGE, files);
    List<ManyImages.Image> images = new ArrayList<>();
    for (int made = 0; made < layers; made += LAYERS_PER_IMAGE) {
      images.add(source.make(images.size(), layers - made));
    }
    System.out.printf(
        "%d layers of %d files in %d images, %d containers, face %s%n",
        layers, files, images.size(), containers, face);
    try (SluiceService service =
            SluiceService.start(work.resolve("s"), certs, SETTINGS.replace("FACE", face));
        Containerd containerd = Containerd.start(work.resolve("c"), service.socket(), certs);
        Standing standing = new Standing(containerd, work.resolve("r"), source)) {
      System.out.println(Figures.heading());
      tell("started", service, "", 0);
      run(service, containerd, standing, images, tools);
      System.out.println("no byte was wrong, no read failed");
    } catch (RuntimeException e) {
      Path kept = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-many-failed-");
      Program.run(LIMIT, "sh", "-c", "cp " + work + "/s/log-* " + work + "/c/log " + kept);
      System.out.println("logs: " + kept);
      throw e;
    } finally {
      tools.close();
      registry.close().await(1, TimeUnit.MINUTES);
      vertx.close().await(1, TimeUnit.MINUTES);
    }
  }

  private void run(
      SluiceService service,
      Containerd containerd,
      Standing standing,
      List<ManyImages.Image> images,
      Tools tools)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    for (ManyImages.Image image : images) {
      tools.pull(containerd.socket(), image.reference());
    }
    long lazy = service.layers().stream().filter(line -> line.contains("many")).count();
    if (lazy != layers) {
      throw new IllegalStateException("the service knows %d layers of %d".formatted(lazy, layers));
    }
    tell("layers brought", service, since(start), 0);
    start = System.nanoTime();
    for (int i = 0; i < containers; i++) {
      standing.add(images.get(i % images.size()));
    }
    tell("containers mounted", service, since(start), 0);
    tell("read", service, "", standing.read(1, READS));
    for (String signal : List.of("KILL", "TERM", "KILL")) {
      restart(service, standing, signal);
    }
    start = System.nanoTime();
    standing.add(images.getFirst());
    tell("one container more", service, since(start), 0);
    start = System.nanoTime();
    standing.remove();
    tell("containers removed", service, since(start), 0);
    start = System.nanoTime();
    for (ManyImages.Image image : images) {
      containerd.ctr("image", "rm", "--sync", image.reference());
    }
    Waiting.until(
        "the layers are gone",
        LIMIT,
        () -> containerd.ctr("snapshot", "--snapshotter", "sluice", "ls").lines().count() <= 1);
    tell("images removed", service, since(start), 0);
  }

  /**
   * Ends the service, reads as soon as the next one is started, and once more when all is there.
   */
  private void restart(SluiceService service, Standing standing, String signal)
      throws IOException, InterruptedException {
    service.end(signal);
    long start = System.nanoTime();
    service.start();
    String serving = since(start);
    String servingCpu = Figures.seconds(ProcessUsage.cpuSeconds(service.pid()));
    long reads = standing.read(start, READS / 4);
    Waiting.until(
        "all layers are shown again",
        LIMIT,
        () -> service.said().contains("lazy layers are shown again"));
    if (!service.said().contains(layers + " lazy layers are shown again, 0 are not")) {
      throw new IllegalStateException("not all are shown again:\n" + service.said());
    }
    String shown = since(start);
    reads += standing.read(start + 1, READS);
    System.out.println(
        Figures.of(service.pid()).row("after SIG" + signal, serving, servingCpu, shown, reads));
  }

  private static String since(long start) {
    return Figures.seconds((System.nanoTime() - start) / 1e9);
  }

  private static void tell(String what, SluiceService service, String took, long reads)
      throws IOException {
    System.out.println(Figures.of(service.pid()).row(what, "", "", took, reads));
  }
}
