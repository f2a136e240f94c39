package dev.sluice.load.kill;

import dev.sluice.load.Containerd;
import dev.sluice.load.DockerRegistry;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.SluiceService;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * {@code load-tests/kill [--face FACE] [--life MILLIS] [CYCLES [SEED]]}: a container that reads and
 * one that compiles go on while the service is killed and started again.
 */
public final class KillMain {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int SOURCES = 300;

  /** How long the kernel may keep what the compiler has read. */
  private static final Duration FORGET = Duration.ofSeconds(3);

  private static final int TOLD = 5;

  /** Ends the names of containers: their cgroups are the machine's, not this containerd's. */
  private static final String OWN = "-" + ProcessHandle.current().pid();

  /* A cache smaller than the image: what was read is read from the registry again. */
  private static final String SETTINGS =
      """
      [lazy]
      min_layer_size = 0
      layer_face = "FACE"
      [cache]
      disk = "192MiB"
      disk_reserve = "0"
      [fill]
      enable = false
      """;

  private KillMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(arguments));
    String face = option(words, "--face", "auto");
    int life = Integer.parseInt(option(words, "--life", "3000"));
    int cycles = words.isEmpty() ? 100 : Integer.parseInt(words.removeFirst());
    long seed =
        words.isEmpty() ? System.nanoTime() & 0xffffff : Long.parseLong(words.removeFirst());
    System.out.printf(
        "%d cycles, seed %d, face %s, lives of %d ms at most%n", cycles, seed, face, life);
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-kill-");
    boolean well = false;
    try {
      well = run(work, SETTINGS.replace("FACE", face), life, cycles, seed);
    } finally {
      Program.run(LIMIT, "rm", "-rf", "--one-file-system", work);
    }
    System.exit(well ? 0 : 1);
  }

  private static String option(List<String> words, String name, String otherwise) {
    int at = words.indexOf(name);
    if (at < 0) {
      return otherwise;
    }
    words.remove(at);
    return words.remove(at);
  }

  private static boolean run(Path work, String settings, int life, int cycles, long seed)
      throws IOException, InterruptedException {
    image(work, seed);
    try (DockerRegistry registry = DockerRegistry.start(work.resolve("registry"))) {
      String image = registry.push(work.resolve("layout"), "kill", "kill:v1");
      Path certs = Files.createDirectories(work.resolve("certs"));
      Path host = Files.createDirectories(certs.resolve(registry.host()));
      Files.writeString(
          host.resolve("hosts.toml"), "server = \"http://%s\"\n".formatted(registry.host()));
      Sluice.run("create", "--plain-http", "--min-layer-size", "1000", image);
      try (SluiceService service = SluiceService.start(work.resolve("s"), certs, settings);
          Containerd containerd = Containerd.start(work.resolve("c"), service.socket(), certs)) {
        Sluice.run("image", "pull", "--address", containerd.socket(), "--hosts-dir", certs, image);
        Path out = Files.createDirectories(work.resolve("out"));
        start(
            containerd,
            image,
            out,
            "reader",
            "exec java -Xmx64m --enable-native-access=ALL-UNNAMED -cp /app Reader /data 4 /out/slow");
        start(
            containerd,
            image,
            out,
            "compiler",
            "n=0; while javac -J-Xmx256m -d /tmp/c /src/*.java; do n=$((n+1)); echo $n; done;"
                + " echo ERROR javac");
        // Short lives leave a container that has yet to start its JVM no time to read.
        Path read = out.resolve("reader");
        Waiting.until(
            "the container reads",
            LIMIT,
            () -> Files.exists(read) && last(read).split(" ", -1).length == 3);
        service.layers().forEach(System.out::println);
        return loop(service, containerd, out, life, cycles, new Random(seed));
      }
    }
  }

  private static void image(Path work, long seed) throws IOException {
    Path reader = Files.createDirectories(work.resolve("java")).resolve("Reader.java");
    for (String name : List.of("Reader.java", "image.sh")) {
      try (InputStream in = KillMain.class.getResourceAsStream(name)) {
        Files.write(reader.resolveSibling(name), Objects.requireNonNull(in).readAllBytes());
      }
    }
    Program.run(
        LIMIT,
        "bash",
        reader.resolveSibling("image.sh"),
        work,
        System.getProperty("java.home"),
        reader,
        SOURCES,
        seed);
  }

  private static void start(
      Containerd containerd, String image, Path out, String name, String script) {
    containerd.ctr(
        "run",
        "-d",
        "--snapshotter",
        "sluice",
        "--mount",
        "type=bind,src=" + out + ",dst=/out,options=rbind:rw",
        "--env",
        "PATH=/bin:/opt/jdk/bin",
        image,
        name + OWN,
        "sh",
        "-c",
        "exec >/out/" + name + " 2>&1; " + script);
  }

  private static boolean loop(
      SluiceService service, Containerd containerd, Path out, int life, int cycles, Random random)
      throws IOException, InterruptedException {
    Lives lives = new Lives(service, random);
    Path rootfs =
        out.resolveSibling(
            "c/state/io.containerd.runtime.v2.task/default/compiler" + OWN + "/rootfs");
    long forgotten = System.nanoTime();
    for (int cycle = 1; cycle <= cycles; cycle++) {
      lives.cycle(life);
      if (!service.said().contains("going on with the layers")) {
        System.out.println("ERROR the service did not go on with the mount:\n" + service.said());
        return false;
      }
      String said = last(out.resolve("reader")) + " | " + last(out.resolve("compiler"));
      if (said.contains("ERROR") || containerd.ctr("task", "ls").contains("STOPPED")) {
        System.out.printf("cycle %d: %s%n%s%n", cycle, said, service.said());
        return false;
      }
      if (cycle % 10 == 0) {
        System.out.printf(
            "cycle %d: bytes, reads, longest read in ms | compiles: %s%n", cycle, said);
      }
      if (System.nanoTime() - forgotten > FORGET.toNanos()) {
        forget(rootfs);
        forgotten = System.nanoTime();
      }
    }
    TimeUnit.SECONDS.sleep(5);
    String[] reader = last(out.resolve("reader")).split(" ", -1);
    String compiles = last(out.resolve("compiler"));
    boolean well = reader.length == 3 && !compiles.contains("ERROR");
    System.out.printf(
        "%d kills survived, of which %d before it served: %s bytes compared in %s reads, 0 wrong,"
            + " longest read %s ms; %s compiles"
            + " of %d files; longest start of the service %d ms%n",
        cycles + lives.bornDead(),
        lives.bornDead(),
        reader[0],
        reader.length > 1 ? reader[1] : "?",
        reader.length > 2 ? reader[2] : "?",
        compiles,
        SOURCES,
        lives.longestStart());
    tell(lives, out.resolve("slow"));
    return well;
  }

  /** The reads that took longest, and what the service did meanwhile. */
  private static void tell(Lives lives, Path slow) throws IOException {
    List<String> lines = Files.exists(slow) ? Files.readAllLines(slow) : List.of();
    System.out.printf("%d reads took longer than a second%n", lines.size());
    lines.stream()
        .map(line -> line.split(" ", -1))
        .sorted(Comparator.comparingLong((String[] words) -> Long.parseLong(words[1])).reversed())
        .limit(TOLD)
        .forEach(words -> {
          long from = Long.parseLong(words[0]);
          long to = from + Long.parseLong(words[1]);
          System.out.printf(
              "  %s: %d ms, %d kills meanwhile:%s%n",
              words[2], to - from, lives.deathsDuring(from, to), lives.during(from, to));
        });
  }

  /** Has the kernel forget pages of the JDK and the sources that no process has mapped. */
  private static void forget(Path rootfs) {
    String script =
        """
        import os, sys
        for top in ("opt/jdk/lib", "src"):
            for name, _, files in os.walk(os.path.join(sys.argv[1], top)):
                for each in files:
                    f = os.open(os.path.join(name, each), os.O_RDONLY)
                    os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)
                    os.close(f)
        """;
    Program.run(LIMIT, "python3", "-c", script, rootfs);
  }

  private static String last(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return lines.isEmpty() ? "nothing yet" : lines.getLast();
  }
}
