package dev.sluice.load;

import dev.sluice.control.ControlClient;
import dev.sluice.control.LayerStatus;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonWriter;
import dev.sluice.keeper.SessionKeeper;
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
 * Start-up, memory and idle CPU of {@code sluice serve}, beside the start of a bare JVM in the same
 * run.
 *
 * <p>{@code ServiceBenchmark [--json] [STARTS]}: starts of each kind (default 7), of which the
 * medians count. A start lasts from exec of the launcher to the first answer at the socket. Needs
 * root, containerd, docker-registry, skopeo, umoci, python3.
 */
public final class ServiceBenchmark {
  private static final int LAYERS = 20;
  private static final int READS = 10_000;

  /** The service looks at its heap for half a minute before it takes it for idle. */
  private static final int IDLE_SECONDS = 45;

  private static final long LONGEST_START = TimeUnit.MINUTES.toNanos(2);

  /** Reads 4 KiB files of the layers at random; $1 is the directory of the layers. */
  private static final String READER =
      """
      import os, random, sys
      top, count = sys.argv[1], int(sys.argv[2])
      random.seed(1)
      files = []
      for layer in os.listdir(top):
          for name, _, found in os.walk(os.path.join(top, layer)):
              files += [os.path.join(name, each) for each in found]
      for _ in range(count):
          fd = os.open(random.choice(files), os.O_RDONLY)
          os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
          assert len(os.pread(fd, 4096, 0)) == 4096
          os.close(fd)
      print(len(files))
      """;

  private final Path work;
  private final Path launcher;
  private final Path configuration;
  private final Path socket;
  private final int starts;
  private final Map<String, Double> results = new java.util.LinkedHashMap<>();
  private int logs;

  private ServiceBenchmark(Path work, int starts) throws IOException {
    this.work = work;
    this.starts = starts;
    this.launcher = launcher();
    this.configuration = work.resolve("config.toml");
    this.socket = work.resolve("run/s.sock");
    Files.writeString(
        configuration,
        """
        version = 1
        root = "%s"
        address = "%s"
        [registry]
        config_path = ["%s"]
        [lazy]
        min_layer_size = 0
        """
            .formatted(work.resolve("root"), socket, work.resolve("certs")));
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(args));
    boolean json = words.remove("--json");
    int starts = words.isEmpty() ? 7 : Integer.parseInt(words.getFirst());
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-service-");
    try {
      ServiceBenchmark benchmark = new ServiceBenchmark(work, starts);
      benchmark.run();
      benchmark.print(json);
    } finally {
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo")).reversed()) {
        String place = line.split(" ", -1)[4];
        if (place.startsWith(work + "/")) {
          Shell.run("umount", "-l", place);
        }
      }
      SessionKeeper.endStray(work.resolve("root/layers"));
      Shell.run("rm", "-rf", "--one-file-system", work);
    }
  }

  /** This class lies in HOME/load-tests/target. */
  private static Path launcher() {
    String jar = System.getProperty("java.class.path").split(":", -1)[0];
    return Path.of(jar).toAbsolutePath().resolve("../../../sluice").normalize();
  }

  private static Map<String, String> environment() {
    return Map.of("SLUICE_BUILD", "no", "JAVA_HOME", System.getProperty("java.home"));
  }

  private void run() throws IOException, InterruptedException {
    results.put("load of the machine before", load());
    command("--version"); // makes the AOT cache if there is none
    Path java = Path.of(System.getProperty("java.home"), "bin/java");
    List<Double> bare = new ArrayList<>();
    List<Double> version = new ArrayList<>();
    List<Double> empty = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      bare.add(Gunzip.measure(() -> Shell.run(java, "-version")).wallSeconds() * 1e3);
      version.add(Gunzip.measure(() -> command("--version")).wallSeconds() * 1e3);
      Shell.run("rm", "-rf", "--one-file-system", work.resolve("root"));
      try (Daemon service = started(empty)) {
        cpu.add(service.cpuSeconds());
        stop(service);
      }
    }
    results.put("java -version, ms", median(bare));
    results.put("sluice --version, ms", median(version));
    results.put("start with no layers, ms", median(empty));
    results.put("start with no layers, CPU s", median(cpu));
    withLayers();
    results.put("load of the machine after", load());
  }

  private void withLayers() throws IOException, InterruptedException {
    try (Daemon service = started(new ArrayList<>())) {
      pull();
      memory(service, "mounted");
      double before = service.cpuSeconds();
      TimeUnit.SECONDS.sleep(IDLE_SECONDS);
      results.put(
          "idle, CPU ms per minute", (service.cpuSeconds() - before) * 1e3 * 60 / IDLE_SECONDS);
      memory(service, "mounted, idle");
      double cpu = service.cpuSeconds();
      Shell.run("python3", "-c", READER, work.resolve("root/layers"), READS);
      results.put(READS + " cold files read, CPU s", service.cpuSeconds() - cpu);
      memory(service, "after " + READS + " reads");
    }
    List<Double> restored = new ArrayList<>();
    List<Double> shown = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      try (Daemon service = started(restored)) {
        long answered = System.nanoTime();
        Waiting.until("all layers are shown", Duration.ofMinutes(1), () -> shownLayers() == LAYERS);
        shown.add((System.nanoTime() - answered) / 1e6);
        cpu.add(service.cpuSeconds());
        expectLazyLayers();
        if (i == starts - 1) {
          TimeUnit.SECONDS.sleep(IDLE_SECONDS);
          memory(service, "restored, idle");
        }
      }
    }
    results.put("start with " + LAYERS + " layers to restore, ms", median(restored));
    results.put("until these are shown, ms more", median(shown));
    results.put("start with " + LAYERS + " layers to restore, CPU s", median(cpu));
  }

  /** Starts the service; adds the milliseconds until it answered. */
  private Daemon started(List<Double> into) throws IOException, InterruptedException {
    Path log = work.resolve("log-" + ++logs);
    ControlClient client = new ControlClient(socket);
    long start = System.nanoTime();
    Daemon service =
        Daemon.start(
            log,
            environment(),
            "env",
            "--default-signal=INT",
            launcher,
            "serve",
            "--config",
            configuration);
    while (true) {
      try {
        var _ = client.service();
        into.add((System.nanoTime() - start) / 1e6);
        return service;
      } catch (SluiceException e) {
        if (!service.isAlive() || System.nanoTime() - start > LONGEST_START) {
          service.close();
          throw new IOException("the service does not start:\n" + Files.readString(log), e);
        }
        TimeUnit.MILLISECONDS.sleep(2);
      }
    }
  }

  /** Stops it as a user would, so that its mount is gone too. */
  private static void stop(Daemon service) throws IOException, InterruptedException {
    Shell.run("kill", "-INT", service.pid());
    for (int i = 0; i < 1000 && service.isAlive(); i++) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** Has containerd pull an image whose layers all have an index, by the service. */
  private void pull() throws IOException, InterruptedException {
    Path layout = LayeredImage.make(Files.createDirectories(work.resolve("image")), LAYERS);
    Path config = work.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: info, accesslog: {disabled: true}}
        storage:
          filesystem: {rootdirectory: "%s"}
        http: {addr: "127.0.0.1:0"}
        """
            .formatted(work.resolve("registry")));
    // Lives until this process ends: reads of the layers go there.
    Daemon registry =
        Daemon.start(work.resolve("registry.log"), Map.of(), "docker-registry", "serve", config);
    Runtime.getRuntime().addShutdownHook(new Thread(registry::close));
    String host = registry.awaitLog(Pattern.compile("listening on (127\\.0\\.0\\.1:\\d+)"));
    String image = host + "/layers:v1";
    Shell.run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--dest-tls-verify=false",
        "oci:" + layout + ":layers",
        "docker://" + image);
    command("create", "--plain-http", "--min-layer-size", "0", image);
    Path certs = Files.createDirectories(work.resolve("certs").resolve(host));
    Files.writeString(certs.resolve("hosts.toml"), "server = \"http://" + host + "\"\n");
    Path directory = Files.createDirectories(work.resolve("containerd"));
    Files.writeString(
        directory.resolve("config.toml"),
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%1$s/socket"
        [ttrpc]
          address = "%1$s/ttrpc"
        [proxy_plugins.sluice]
          type = "snapshot"
          address = "%2$s"
        """
            .formatted(directory, socket));
    try (Daemon containerd =
        Daemon.start(
            directory.resolve("log"),
            Map.of(),
            "containerd",
            "--config",
            directory.resolve("config.toml"))) {
      containerd.awaitLog(Pattern.compile("(containerd successfully booted)"));
      command(
          "image",
          "pull",
          "--address",
          directory.resolve("socket"),
          "--hosts-dir",
          work.resolve("certs"),
          image);
    }
    expectLazyLayers();
  }

  private void expectLazyLayers() throws IOException {
    List<LayerStatus> layers = new ControlClient(socket).layers();
    if (layers.stream().filter(LayerStatus::lazy).count() != LAYERS || shownLayers() != LAYERS) {
      throw new IOException("expected " + LAYERS + " lazy layers: " + layers);
    }
  }

  private long shownLayers() throws IOException {
    return new ControlClient(socket)
        .layers().stream().filter(layer -> layer.lastFailure() == null).count();
  }

  private String command(Object... arguments) throws IOException, InterruptedException {
    Object[] words = new Object[arguments.length + 4];
    words[0] = "env";
    words[1] = "SLUICE_BUILD=no";
    words[2] = "JAVA_HOME=" + System.getProperty("java.home");
    words[3] = launcher;
    System.arraycopy(arguments, 0, words, 4, arguments.length);
    return Shell.run(words);
  }

  private void memory(Daemon service, String when) throws IOException {
    results.put(when + ": RSS, MiB", ProcessUsage.residentMiB(service.pid()));
    results.put(when + ": of it anonymous, MiB", ProcessUsage.memoryMiB(service.pid(), "RssAnon"));
    results.put(
        when + ": of it mapped files, MiB", ProcessUsage.memoryMiB(service.pid(), "RssFile"));
  }

  private static double load() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0]);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private void print(boolean json) {
    if (json) {
      JsonWriter writer = new JsonWriter().beginObject();
      results.forEach((name, value) -> writer.name(name).value(value, 2));
      System.out.println(writer.endObject());
      return;
    }
    System.out.printf("medians of %d starts%n", starts);
    results.forEach(
        (name, value) -> System.out.printf(Locale.ROOT, "  %-45s %9.2f%n", name, value));
  }
}
