package dev.sluice.load.coldstart;

import dev.sluice.control.LayerStatus;
import dev.sluice.load.ProcessUsage;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Starts containers on fresh nodes and measures them. */
final class Trial {
  private static final Duration READY = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofMinutes(2);

  /** A link counts as quiet when nothing was asked for so long. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** It starts when the container is up, and would be counted as its or the second one's. */
  private static final String NO_FILL = "[fill]\nenable = false";

  private final Path directory;
  private final LinkProxy proxy;
  private final Path registryData;
  private final Options options;
  private final Profiles profiles;
  private final boolean profilesAreKnown = Profiles.areKnown();

  /**
   * @param directory where nodes keep their state
   * @param registryData blobs of the registry, which is not what is measured: they are in memory
   */
  Trial(Path directory, LinkProxy proxy, Path registryData, Options options) {
    this.directory = directory;
    this.proxy = proxy;
    this.registryData = registryData;
    this.options = options;
    this.profiles = new Profiles(directory.resolve("profiles"));
  }

  /** A first container on a fresh node, and a second one after it. */
  List<Measurement> run(Mode.Start start, Image image, Link link, int round) throws IOException {
    if (options.dropCaches()) {
      PageCache.drop();
      PageCache.readBlobs(registryData, image.layers());
    }
    try (LinkProxy.Session session = proxy.session(link);
        Node node = Node.fresh(directory.resolve("node"), proxy.host(), kind(start, image))) {
      try {
        settle(node);
        String reference = reference(start, image);
        List<Measurement> all = new ArrayList<>();
        NavigableMap<Long, String> marks = new TreeMap<>();
        all.add(first(start, image, link, round, session, node, reference, marks));
        trace(start, image, link, round, session.traffic(), node, marks);
        awaitQuiet(session);
        all.add(second(start, image, link, round, session, node, reference));
        return all;
      } catch (IOException | RuntimeException e) {
        Path log =
            directory.resolveSibling("failed-%s-%s-%d.log".formatted(image.name(), start, round));
        Files.writeString(log, node.logs());
        throw new IOException(
            e.getMessage() + "\nThe logs of containerd and the snapshotter: " + log, e);
      }
    }
  }

  Profiles profiles() {
    return profiles;
  }

  /** Runs a container once so that the service records what it reads. */
  void record(Image image) throws IOException {
    NodeKind recording =
        new NodeKind(OurSnapshotter.with("[profile]\nrecord = true", null), options.unpigz());
    try (LinkProxy.Session _ = proxy.session(Link.LOOPBACK);
        Node node = Node.fresh(directory.resolve("node"), proxy.host(), recording)) {
      settle(node);
      String reference = reference(Mode.Start.LAZY, image);
      node.pull(reference);
      try (ContainerRun run = node.run(image, reference, "recorded")) {
        var _ = run.awaitReady(READY);
        profiles.keep(image, node.root());
      }
    }
  }

  private void settle(Node node) throws IOException {
    if (options.settle() && !node.settle()) {
      System.err.print("(the daemons did not become idle) ");
    }
  }

  private NodeKind kind(Mode.Start start, Image image) {
    return new NodeKind(
        switch (start) {
          case EAGER -> null;
          case LAZY, LAZY_FUSE ->
              OurSnapshotter.with(
                  (profilesAreKnown ? "[prefetch]\nenable = false\n" : "") + settings(start), null);
          case PROFILE, PROFILE_FUSE -> OurSnapshotter.with(settings(start), profiles.of(image));
          case AWS -> AwsSnapshotter.of(aws(), false);
          case AWS_PREFETCH -> AwsSnapshotter.of(aws(), true);
        },
        options.unpigz());
  }

  private Path aws() {
    return Objects.requireNonNull(options.aws(), "--aws says which program it is");
  }

  private static String settings(Mode.Start start) {
    return NO_FILL + "\n[lazy]\nlayer_face = \"%s\"".formatted(start.face());
  }

  private String reference(Mode.Start start, Image image) {
    return proxy.host() + "/" + image.repository(start) + ":latest";
  }

  private static Measurement first(
      Mode.Start start,
      Image image,
      Link link,
      int round,
      LinkProxy.Session session,
      Node node,
      String reference,
      NavigableMap<Long, String> marks)
      throws IOException {
    double cpu = node.cpuSeconds();
    double client = ProcessUsage.childrenSeconds();
    long begin = System.nanoTime();
    node.pull(reference);
    long pulled = System.nanoTime();
    marks.put(begin, "pull command starts");
    marks.put(pulled, "pull command has ended");
    client = ProcessUsage.childrenSeconds() - client;
    try (ContainerRun run = node.run(image, reference, "first")) {
      long ready = run.awaitReady(READY);
      Traffic traffic = session.traffic();
      cpu = node.cpuSeconds() - cpu;
      // In this order what came in between counts as fetched, not as read.
      List<LayerStatus> layers = node.layers();
      long layerBytes =
          session.traffic().bytesOf(layers.stream().map(LayerStatus::digest).toList());
      double create = started(node, run, "first");
      marks.put(run.start() + Math.round(create * 1e9), "process of the container is started");
      marks.put(ready, "ready");
      return new Measurement(
          image.name(),
          link,
          start.first(),
          round,
          seconds(pulled - begin),
          create,
          seconds(ready - begin),
          traffic.down(),
          traffic.requests(),
          traffic.connections(),
          layerBytes,
          layers.stream().mapToLong(LayerStatus::touchedBytes).sum(),
          faces(layers),
          cpu,
          client,
          node.peakMiB());
    }
  }

  private static Measurement second(
      Mode.Start start,
      Image image,
      Link link,
      int round,
      LinkProxy.Session session,
      Node node,
      String reference)
      throws IOException {
    Traffic before = session.traffic();
    double cpu = node.cpuSeconds();
    try (ContainerRun run = node.run(image, reference, "second")) {
      long ready = run.awaitReady(READY);
      Traffic traffic = session.traffic().since(before);
      cpu = node.cpuSeconds() - cpu;
      return new Measurement(
          image.name(),
          link,
          start.second(),
          round,
          0,
          started(node, run, "second"),
          seconds(ready - run.start()),
          traffic.down(),
          traffic.requests(),
          traffic.connections(),
          0,
          0,
          faces(node.layers()),
          cpu,
          0,
          node.peakMiB());
    }
  }

  private static List<String> faces(List<LayerStatus> layers) {
    return layers.stream()
        .map(LayerStatus::face)
        .filter(Objects::nonNull)
        .distinct()
        .sorted()
        .toList();
  }

  private static double started(Node node, ContainerRun run, String name) throws IOException {
    Waiting.until(
        "containerd tells that " + name + " was started",
        Duration.ofSeconds(10),
        () -> node.events().knows(name));
    return node.events().started(name, run.begun());
  }

  /** What the first container has asked for ahead is not charged to the second. */
  private static void awaitQuiet(LinkProxy.Session session) {
    long[] since = {System.nanoTime(), session.traffic().down()};
    Waiting.until(
        "the link is quiet after the first container",
        QUIET,
        () -> {
          long down = session.traffic().down();
          if (down != since[1]) {
            since[0] = System.nanoTime();
            since[1] = down;
          }
          return System.nanoTime() - since[0] > QUIET_NANOS;
        });
  }

  private void trace(
      Mode.Start start,
      Image image,
      Link link,
      int round,
      Traffic traffic,
      Node node,
      NavigableMap<Long, String> marks)
      throws IOException {
    Path traces = options.traces();
    if (traces == null) {
      return;
    }
    String name =
        "%s-%s-%s-%d".formatted(image.name(), link.name().replace('/', '-'), start, round);
    Files.createDirectories(traces);
    Files.write(traces.resolve(name + ".txt"), TraceText.lines(traffic, marks.firstKey(), marks));
    Files.writeString(traces.resolve(name + ".log"), node.logs());
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
