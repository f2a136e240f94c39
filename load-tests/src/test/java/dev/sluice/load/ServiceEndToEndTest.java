package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.ControlClient;
import dev.sluice.control.LayerStatus;
import dev.sluice.load.Stage.EndToEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The service under a real containerd and runc: images from docker-registry run as containers on
 * lazy layers, and behave as they do on overlayfs.
 */
@EndToEnd
final class ServiceEndToEndTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Stage stage;
  private static Path certs;
  private static SluiceService service;
  private static Containerd containerd;
  private static String indexed;

  @BeforeAll
  static void start(Stage shared) throws IOException {
    stage = shared;
    Path directory = Files.createTempDirectory("sluice-e2e-");
    certs = Files.createDirectories(directory.resolve("certs/" + stage.registry().host()));
    Files.writeString(
        certs.resolve("hosts.toml"), "server = \"http://%s\"\n".formatted(stage.registry().host()));
    certs = directory.resolve("certs");
    service =
        SluiceService.start(
            directory.resolve("s"),
            certs,
            """
            [credentials]
            cri_proxy = true
            cri_image_service = "%s"
            """
                .formatted(directory.resolve("c/c.sock")));
    containerd = Containerd.start(directory.resolve("c"), service.socket(), certs);
    indexed = stage.push("service:v1");
    Sluice.run("create", "--plain-http", "--min-layer-size", "1000", indexed);
  }

  @AfterAll
  static void stop() {
    if (containerd != null) {
      containerd.close();
    }
    if (service != null) {
      service.close();
      Program.run(MINUTE, "rm", "-rf", "--one-file-system", service.root().getParent().getParent());
    }
  }

  /** Every test starts without images and snapshots, and so proves that all can be removed. */
  @AfterEach
  void removeAll() {
    service.startIfEnded(); // by a test that failed half-way
    // After a restart containerd connects again in its own time; what it removes before is left to
    // its next collection.
    Awaitility.await("containerd is connected")
        .atMost(MINUTE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(snapshots()).isNotNull());
    for (String name : containerd.ctr("container", "ls", "-q").lines().toList()) {
      containerd.ctr("container", "rm", name);
    }
    for (String namespace : List.of("default", "k8s.io")) {
      for (String image : containerd.ctr("-n", namespace, "image", "ls", "-q").lines().toList()) {
        containerd.ctr("-n", namespace, "image", "rm", "--sync", image);
      }
    }
    for (String key : snapshots()) {
      var _ = containerd.result("snapshot", "--snapshotter", "sluice", "rm", key);
    }
    Awaitility.await("containerd's garbage collection")
        .atMost(MINUTE)
        .untilAsserted(() -> assertThat(snapshots()).isEmpty());
    Awaitility.await("directories of removed snapshots")
        .atMost(MINUTE)
        .untilAsserted(() -> assertThat(service.root().resolve("snapshots")).isEmptyDirectory());
    assertThat(service.layers()).isEmpty();
    var _ = new ControlClient(service.socket()).collect(); // the next test finds an empty cache
  }

  @Test
  void triesItselfBesideARunningService() {
    Path root = service.root().resolveSibling("tried");
    assertThat(Sluice.run("serve", "--check", "--root", root))
        .contains("the service starts, shows layers and answers");
    assertThat(root).isEmptyDirectory();
    assertThat(service.layers()).isEmpty();
  }

  private static List<String> snapshots() {
    return containerd
        .ctr("snapshot", "--snapshotter", "sluice", "ls")
        .lines()
        .skip(1)
        .toList()
        .stream()
        .map(line -> line.split(" ", 2)[0])
        .toList();
  }

  private static String pull(String reference, Object... more) {
    List<Object> arguments =
        new java.util.ArrayList<>(
            List.of("image", "pull", "--address", containerd.socket(), "--hosts-dir", certs));
    arguments.addAll(List.of(more));
    arguments.add(reference);
    return Sluice.run(arguments.toArray());
  }

  private static List<DockerRegistry.Read> layerReadsSince(int count) {
    List<DockerRegistry.Read> reads = stage.registry().reads();
    return reads.subList(count, reads.size()).stream()
        .filter(read -> stage.image().layers().stream().anyMatch(read.path()::endsWith))
        .toList();
  }

  private static long lazy() {
    return service.layers().stream().filter(line -> line.contains(" lazy ")).count();
  }

  @Test
  void aLazyContainerHasTheTreeOfOneOnOverlayfs() {
    pull(indexed);
    assertThat(lazy()).isEqualTo(2);
    pull(indexed, "--snapshotter", "overlayfs");
    Path lazily = containerd.startSleeping("sluice", indexed, "lazy");
    Path eager = containerd.startSleeping("overlayfs", indexed, "eager");
    try {
      assertThat(RootFilesystems.differences(stage.trees(), eager, lazily)).isEmpty();
      assertThat(stage.trees().size(lazily)).isGreaterThan(1000);
      assertIsExplained("lazy", lazily.resolve("bin/capable"));
    } finally {
      containerd.end("lazy");
      containerd.end("eager");
    }
  }

  /** A file that has been read is on disk, by the container's name and by the path of the host. */
  private static void assertIsExplained(String container, Path file) {
    String byName = Sluice.run("explain", "--address", service.socket(), container, "/bin/capable");
    assertThat(byName).contains("capable: ").contains(" 0 to fetch");
    assertThat(Sluice.run("explain", "--address", service.socket(), file))
        .contains(byName.lines().skip(1).findFirst().orElseThrow());
    assertThat(Sluice.run("explain", "--address", service.socket(), container))
        .contains(indexed)
        .containsPattern("waited \\S+ ms \\(queue .*, network .*, verify .*, inflate .*\\)");
  }

  @Test
  void anImageWithoutAnIndexIsUnpackedBySluiceAndHasTheSameTree() {
    String reference = stage.push("unindexed:v1");
    String said = pull(reference);
    assertThat(said).contains("3 by sluice");
    assertThat(lazy()).isZero();
    pull(reference, "--snapshotter", "overlayfs");
    Path ours = containerd.startSleeping("sluice", reference, "ours");
    Path theirs = containerd.startSleeping("overlayfs", reference, "theirs");
    try {
      assertThat(RootFilesystems.differences(stage.trees(), theirs, ours)).isEmpty();
    } finally {
      containerd.end("ours");
      containerd.end("theirs");
    }
  }

  @Test
  void onlyWhatIsReadIsFetched_andASecondContainerAsksTheRegistryNothing() {
    int before = stage.registry().reads().size();
    pull(indexed);
    List<DockerRegistry.Read> pulled = layerReadsSince(before);
    long whole = stage.image().layers().stream().mapToLong(stage.image()::sizeOf).sum();
    assertThat(pulled.stream().mapToLong(DockerRegistry.Read::bytes).sum()).isLessThan(whole / 20);

    String script = "cat /bin/capable | /dev/busybox md5sum";
    String first = containerd.run("sluice", indexed, "first", "/dev/busybox " + script);
    long fetched = layerReadsSince(before).stream().mapToLong(DockerRegistry.Read::bytes).sum();
    assertThat(fetched).isGreaterThan(0).isLessThan(whole / 2);

    int asked = stage.registry().reads().size();
    assertThat(containerd.run("sluice", indexed, "second", "/dev/busybox " + script))
        .isEqualTo(first);
    assertThat(stage.registry().reads().size()).isEqualTo(asked);
  }

  @Test
  void imagesThatShareLayersShareTheirSnapshots() {
    pull(indexed);
    String other = stage.push("sibling:v1");
    int before = stage.registry().reads().size();
    pull(other);
    assertThat(layerReadsSince(before)).isEmpty();
    assertThat(snapshots()).hasSize(3);
    assertThat(
            containerd.run("sluice", other, "sibling", "/dev/busybox ls /bin | /dev/busybox wc -l"))
        .isEqualTo(
            containerd.run(
                "sluice", indexed, "first", "/dev/busybox ls /bin | /dev/busybox wc -l"));
  }

  @Test
  void changesOverLazyLayersStay_andCanBeCommitted() {
    pull(indexed);
    Path rootfs = containerd.startSleeping("sluice", indexed, "writer");
    containerd.exec(
        "writer",
        """
        set -e; B=/dev/busybox
        $B mkdir -p /new/deep; $B echo fresh > /new/deep/file
        $B mv /bin/capable /bin/renamed
        $B rm -rf /odd
        $B echo more >> /bin/appended
        $B chmod 0700 /bin
        """);
    assertThat(rootfs).isNotNull();
    containerd.endTask("writer");
    containerd.ctr("snapshot", "--snapshotter", "sluice", "commit", "kept", "writer");
    assertThat(containerd.ctr("snapshot", "--snapshotter", "sluice", "info", "kept"))
        .contains("\"Kind\": \"Committed\"");
    containerd.ctr("snapshot", "--snapshotter", "sluice", "view", "look", "kept");
    Path target = service.root().resolveSibling("look");
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    String mount = containerd.ctr("snapshot", "--snapshotter", "sluice", "mounts", target, "look");
    Program.run(MINUTE, "sh", "-ec", mount);
    try {
      assertThat(Program.run(MINUTE, "cat", target.resolve("new/deep/file"))).isEqualTo("fresh\n");
      assertThat(
              Program.run(
                  MINUTE,
                  "cmp",
                  target.resolve("bin/renamed"),
                  stage.image().unpacked().resolve("bin/capable")))
          .isEmpty();
      assertThat(
              Program.result(MINUTE, java.util.Map.of(), "test", "-e", target.resolve("odd"))
                  .exitCode())
          .isEqualTo(1);
      assertThat(
              Program.result(
                      MINUTE, java.util.Map.of(), "test", "-e", target.resolve("bin/capable"))
                  .exitCode())
          .isEqualTo(1);
    } finally {
      Program.run(MINUTE, "umount", target);
    }
    containerd.ctr("snapshot", "--snapshotter", "sluice", "rm", "look");
    containerd.ctr("container", "rm", "writer");
    containerd.ctr("snapshot", "--snapshotter", "sluice", "rm", "kept");
  }

  /** Reads parts of files past the page cache, and compares them; says how many at SIGTERM. */
  private static final String READER =
      """
      import os, random, signal, sys
      expected, actual, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
      stop = []
      signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
      random.seed(seed)
      names = []
      for top, _, files in os.walk(expected):
          for name in files:
              path = os.path.join(top, name)
              if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) > 0:
                  names.append(os.path.relpath(path, expected))
      count = 0
      while not stop:
          name = random.choice(names)
          with open(os.path.join(expected, name), "rb") as e:
              a = os.open(os.path.join(actual, name), os.O_RDONLY)
              try:
                  at = random.randrange(os.fstat(a).st_size) & ~4095
                  os.posix_fadvise(a, 0, 0, os.POSIX_FADV_DONTNEED)
                  e.seek(at)
                  if e.read(65536) != os.pread(a, 65536, at):
                      sys.exit("wrong bytes in %s at %d, seed %d" % (name, at, seed))
              finally:
                  os.close(a)
          count += 1
      print(count)
      """;

  @Test
  void aRunningContainerDoesNotNoticeKillsAndRestarts() throws Exception {
    pull(indexed);
    Path rootfs = containerd.startSleeping("sluice", indexed, "runner");
    Path out = service.root().resolveSibling("reader-out");
    List<Process> readers = new java.util.ArrayList<>();
    try {
      for (int seed = 1; seed <= 2; seed++) {
        readers.add(
            new ProcessBuilder(
                    "python3",
                    "-c",
                    READER,
                    stage.image().unpacked() + "/bin",
                    rootfs + "/bin",
                    Integer.toString(seed))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                .start());
      }
      for (String signal : List.of("KILL", "TERM", "KILL")) {
        service.end(signal);
        service.start();
        assertThat(service.said()).contains("going on with the layers").doesNotContain("took away");
        assertThat(containerd.exec("runner", "/dev/busybox md5sum /bin/capable"))
            .contains("/bin/capable");
      }
      for (Process reader : readers) {
        reader.destroy();
        assertThat(reader.waitFor(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(reader.exitValue()).as(Files.readString(out)).isZero();
      }
      assertThat(Files.readAllLines(out))
          .hasSize(2)
          .allSatisfy(count -> assertThat(Integer.parseInt(count)).isGreaterThan(10));
    } finally {
      readers.forEach(Process::destroyForcibly);
      containerd.end("runner");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "KILL"})
  void afterARestartNewContainersStartWithoutTheRegistry(String signal) {
    pull(indexed);
    String script = "/dev/busybox md5sum /bin/capable";
    String before = containerd.run("sluice", indexed, "before", script);
    List<String> known = snapshots();

    service.end(signal);
    service.start();
    Awaitility.await("containerd connects again")
        .atMost(MINUTE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(snapshots()).isEqualTo(known));
    int asked = stage.registry().reads().size();
    assertThat(containerd.run("sluice", indexed, "after", script)).isEqualTo(before);
    assertThat(stage.registry().reads().size()).isEqualTo(asked);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theKubeletsPullIsLazyToo(boolean throughOurSocket) {
    String answer = containerd.pullAsKubelet(MINUTE, indexed);
    assertThat(answer).startsWith("sha256:");
    assertThat(lazy()).isEqualTo(2);
    assertThat(containerd.ctr("-n", "k8s.io", "image", "ls", "-q")).contains(indexed);
  }

  /** containerd makes labels of the annotations of layers, and the label is a hint. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnAnnotationOfALayerNamesComesBeforeAContainerStarts(boolean asKubelet) {
    String hinted = stage.push("hinted:v1");
    LayerAnnotation.write(hinted, "containerd.io/snapshot/sluice.prefetch", "/bin/capable");
    Sluice.run("create", "--plain-http", "--min-layer-size", "1000", hinted);
    int before = stage.registry().reads().size();
    if (asKubelet) {
      containerd.pullAsKubelet(MINUTE, hinted);
    } else {
      pull(hinted);
    }
    String namespace = asKubelet ? "k8s.io" : "default";
    assertThat(infoOfLowestSnapshot(namespace))
        .contains("\"containerd.io/snapshot/sluice.prefetch\": \"/bin/capable\"");
    Awaitility.await("what is hinted comes")
        .atMost(MINUTE)
        .untilAsserted(() -> {
          assertThat(hintedBytes()).isPositive();
          assertThat(layerReadsSince(before).stream().mapToLong(DockerRegistry.Read::bytes).sum())
              .isGreaterThanOrEqualTo(hintedBytes());
        });

    int asked = stage.registry().reads().size();
    assertThat(
            containerd.ctr(
                "-n",
                namespace,
                "run",
                "--rm",
                "--snapshotter",
                "sluice",
                "--mount",
                "type=bind,src=/bin/busybox,dst=/dev/busybox,options=bind:ro",
                hinted,
                "hinted",
                "/dev/busybox",
                "md5sum",
                "/bin/capable"))
        .contains("/bin/capable");
    assertThat(stage.registry().reads()).hasSize(asked);
  }

  private static long hintedBytes() {
    return new ControlClient(service.socket())
        .layers().stream().mapToLong(LayerStatus::hintedBytes).sum();
  }

  private static String infoOfLowestSnapshot(String namespace) {
    String lowest =
        containerd
            .ctr("-n", namespace, "snapshot", "--snapshotter", "sluice", "ls")
            .lines()
            .filter(line -> line.matches("\\S+\\s+Committed\\s*"))
            .findFirst()
            .orElseThrow();
    return containerd.ctr(
        "-n", namespace, "snapshot", "--snapshotter", "sluice", "info", lowest.split(" ", 2)[0]);
  }

  @Test
  void aPullThatOffersNoLayersWorksAsWithAnySnapshotter() {
    containerd.ctr("image", "pull", "--plain-http", "--snapshotter", "sluice", indexed);
    assertThat(service.layers()).isEmpty();
    assertThat(containerd.run("sluice", indexed, "plain", "/dev/busybox md5sum /bin/capable"))
        .contains("/bin/capable");
  }

  @Test
  void anIndexThatIsAskedForButNotThereLeavesTheImageWorking() {
    String nowhere = "sha256:" + "0".repeat(64);
    pull(indexed, "--index-digest", nowhere);
    assertThat(lazy()).isZero();
    assertThat(service.said()).contains(nowhere);
    assertThat(containerd.run("sluice", indexed, "c", "/dev/busybox md5sum /bin/capable"))
        .contains("/bin/capable");
  }
}
