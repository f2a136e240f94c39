package dev.sluice.load;

import dev.sluice.json.JsonWriter;
import dev.sluice.load.Gunzip.Cost;
import dev.sluice.pull.PullOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Pulling and unpacking whole images, beside containerd's own pull of them from the same registry
 * in the same run.
 *
 * <p>{@code ParallelPullBenchmark [ROUNDS [DIRECTORY [IMAGE...]]]}: rounds (default 5); where
 * images are made and kept (default /var/tmp/sluice-parallel-pull); which of them (default many and
 * one). Needs root, containerd, docker-registry, skopeo, umoci. Each pull starts from nothing; the
 * ways take turns; the medians count. CPU seconds are those of the puller and its children, without
 * the registry's.
 */
public final class ParallelPullBenchmark {
  private static final List<String> IMAGES = List.of("many", "one");

  /** containerd decompresses by unpigz where it is installed, else by itself. */
  private static final Map<String, String> WITHOUT_UNPIGZ = Map.of("CONTAINERD_DISABLE_PIGZ", "1");

  private final Path work;
  private final String registry;

  /** One way to pull an image. */
  private interface Way {
    Cost pull(String image) throws IOException, InterruptedException;
  }

  private ParallelPullBenchmark(Path work, String registry) {
    this.work = work;
    this.registry = registry;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length > 0 && args[0].equals("pull")) {
      pullHere(args[1], args[2], Path.of(args[3]), Boolean.parseBoolean(args[4]));
      return;
    }
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Path directory = Path.of(args.length > 1 ? args[1] : "/var/tmp/sluice-parallel-pull");
    Files.createDirectories(directory);
    Path layout = PackageImages.make(directory);
    Path work = Files.createDirectories(directory.resolve("work"));
    Shell.run("rm", "-rf", work);
    Files.createDirectories(work);
    Path config = work.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: warn, accesslog: {disabled: true}}
        storage:
          filesystem: {rootdirectory: "%s"}
        http: {addr: "127.0.0.1:%d"}
        """
            .formatted(directory.resolve("registry"), freePort()));
    String host = Files.readString(config).replaceAll("(?s).*addr: \"([^\"]+)\".*", "$1");
    try (Daemon _ =
        Daemon.start(work.resolve("registry.log"), Map.of(), "docker-registry", "serve", config)) {
      awaitListening(host);
      for (String image : IMAGES) {
        Shell.run(
            "skopeo",
            "--insecure-policy",
            "copy",
            "--dest-tls-verify=false",
            "oci:" + layout + ":" + image,
            "docker://" + host + "/" + image + ":latest");
      }
      List<String> images = args.length > 2 ? List.of(args).subList(2, args.length) : IMAGES;
      new ParallelPullBenchmark(work, host).run(rounds, images);
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", work);
    }
  }

  private static int freePort() throws IOException {
    try (var free = new java.net.ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static void awaitListening(String host) throws IOException, InterruptedException {
    Shell.script(
        "for i in $(seq 200); do curl -fs \"http://$1/v2/\" >/dev/null && exit; sleep 0.05; done;"
            + " exit 1",
        host);
  }

  private void run(int rounds, List<String> images) throws IOException, InterruptedException {
    Map<String, Way> ways = new LinkedHashMap<>();
    ways.put("containerd, unpigz", image -> containerd(image, Map.of()));
    ways.put("containerd, Go's gzip", image -> containerd(image, WITHOUT_UNPIGZ));
    ways.put("sluice, fresh process", image -> freshProcess(image, false));
    ways.put("sluice, fresh, synced", image -> freshProcess(image, true));
    ways.put("sluice, warm", this::warm);
    for (String image : images) {
      Map<String, List<Cost>> costs = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Map.Entry<String, Way> way : ways.entrySet()) {
          // What the run before left to be written is none of this one's business.
          Shell.run("sync");
          Cost cost = way.getValue().pull(image);
          costs.computeIfAbsent(way.getKey(), _ -> new ArrayList<>()).add(cost);
        }
      }
      print(image, costs);
    }
  }

  private static void print(String image, Map<String, List<Cost>> costs) {
    System.out.printf("image '%s', median of %d%n", image, costs.values().iterator().next().size());
    Cost reference = Gunzip.median(costs.values().iterator().next());
    JsonWriter json = new JsonWriter().beginObject().name("image").value(image);
    costs.forEach((way, all) -> {
      Cost cost = Gunzip.median(all);
      System.out.printf(
          Locale.ROOT,
          "  %-22s %6.2f s wall  %6.2f s CPU   %.2f of containerd's time, %.2f of its CPU%n",
          way,
          cost.wallSeconds(),
          cost.cpuSeconds(),
          cost.wallSeconds() / reference.wallSeconds(),
          cost.cpuSeconds() / reference.cpuSeconds());
      json.name(way)
          .beginObject()
          .name("wall_milliseconds")
          .value(Math.round(cost.wallSeconds() * 1000))
          .name("cpu_milliseconds")
          .value(Math.round(cost.cpuSeconds() * 1000))
          .endObject();
    });
    System.out.println(json.endObject());
  }

  private Cost containerd(String image, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path state = Files.createDirectories(work.resolve("containerd"));
    Path config = state.resolve("config.toml");
    Path socket = state.resolve("socket");
    Files.writeString(
        config,
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%1$s/socket"
        [ttrpc]
          address = "%1$s/ttrpc"
        """
            .formatted(state));
    try (Daemon daemon =
        Daemon.start(
            state.resolve("log"), environment, "containerd", "--config", config.toString())) {
      daemon.awaitLog(Pattern.compile("(containerd successfully booted)"));
      double before = daemon.cpuSeconds();
      Cost client =
          Gunzip.measure(() ->
              Shell.run(
                  "ctr",
                  "--address",
                  socket,
                  "image",
                  "pull",
                  "--snapshotter",
                  "overlayfs",
                  "--plain-http",
                  registry + "/" + image + ":latest"));
      return new Cost(client.wallSeconds(), client.cpuSeconds() + daemon.cpuSeconds() - before);
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", state);
    }
  }

  /** A JVM that has compiled nothing yet, though it has started, as a service on a new node. */
  private Cost freshProcess(String image, boolean sync) throws IOException, InterruptedException {
    Path target = Files.createDirectories(work.resolve("fresh"));
    try {
      List<Object> command = new ArrayList<>();
      command.add(ProcessHandle.current().info().command().orElseThrow());
      command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              ParallelPullBenchmark.class.getName(),
              "pull",
              registry,
              image,
              target,
              sync));
      String[] said =
          Shell.run(command.toArray()).strip().lines().toList().getLast().split(" ", -1);
      return new Cost(Double.parseDouble(said[0]), Double.parseDouble(said[1]));
    } finally {
      Shell.run("rm", "-rf", target);
    }
  }

  private static void pullHere(String host, String image, Path directory, boolean sync)
      throws IOException, InterruptedException {
    try (OwnPull own = new OwnPull(PullOptions.DEFAULT.withSync(sync))) {
      Cost cost = Gunzip.measure(() -> own.pull(host, image, directory));
      System.out.printf(Locale.ROOT, "%.3f %.3f%n", cost.wallSeconds(), cost.cpuSeconds());
    }
  }

  private Cost warm(String image) throws IOException, InterruptedException {
    Path target = Files.createDirectories(work.resolve("warm"));
    try (OwnPull own = new OwnPull(PullOptions.DEFAULT)) {
      return Gunzip.measure(() -> own.pull(registry, image, target));
    } finally {
      Shell.run("rm", "-rf", target);
    }
  }
}
