package dev.sluice.load.coldstart;

import dev.sluice.control.LayerStatus;
import dev.sluice.load.Containerd;
import dev.sluice.load.ProcessUsage;
import dev.sluice.load.Program;
import dev.sluice.load.Settling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node that has never seen an image: a containerd and, for lazy starts, a snapshotter of its own.
 */
final class Node implements AutoCloseable {
  private static final Duration PULL = Duration.ofMinutes(20);
  private static final Duration REMOVE = Duration.ofMinutes(3);

  private final Path directory;
  private final Containerd containerd;
  private final @Nullable Snapshotter service;
  private final TaskEvents events;

  private Node(
      Path directory, Containerd containerd, @Nullable Snapshotter service, TaskEvents events) {
    this.directory = directory;
    this.containerd = containerd;
    this.service = service;
    this.events = events;
  }

  /**
   * Starts one whose state lies in {@code directory}.
   *
   * @param registry {@code host:port} that it reaches by plain HTTP
   */
  static Node fresh(Path directory, String registry, NodeKind kind) throws IOException {
    remove(directory);
    Path certs = Files.createDirectories(directory.resolve("certs"));
    Files.writeString(
        Files.createDirectories(certs.resolve(registry)).resolve("hosts.toml"),
        "server = \"http://%s\"\n".formatted(registry));
    Snapshotter service = null;
    Containerd containerd = null;
    try {
      NodeKind.Launch launch = kind.snapshotter();
      if (launch != null) {
        service =
            launch.start(directory.resolve("s"), certs, Containerd.socket(directory.resolve("c")));
      }
      containerd =
          Containerd.ofKubelet(
              directory.resolve("c"),
              service == null ? "overlayfs" : service.name(),
              service == null ? directory.resolve("none.sock") : service.socket(),
              certs,
              kind.unpigz() ? Map.of() : Map.of("CONTAINERD_DISABLE_PIGZ", "1"));
      TaskEvents events = TaskEvents.listen(containerd, directory.resolve("events"));
      return new Node(directory, containerd, service, events);
    } catch (IOException | RuntimeException e) {
      try (Snapshotter _ = service;
          Containerd _ = containerd) {
        throw e;
      }
    }
  }

  /**
   * Waits until the daemons use next to no CPU: what a JVM compiles after its start, for one. State
   * stays as it is. Gives up after a while; whether they are idle.
   */
  boolean settle() throws IOException {
    if (service != null) {
      var _ = layers(); // what asks for them later is loaded
    }
    return Settling.await(this::cpuSeconds);
  }

  /** The lazy layers that the service has; none without it. */
  List<LayerStatus> layers() {
    return service == null ? List.of() : service.layers();
  }

  /** Pulls as the kubelet does. */
  void pull(String reference) {
    containerd.pullAsKubelet(PULL, reference);
  }

  ContainerRun run(Image image, String reference, String name) throws IOException {
    return ContainerRun.start(
        containerd,
        service == null ? "overlayfs" : service.name(),
        reference,
        name,
        image.recipe().ready());
  }

  TaskEvents events() {
    return events;
  }

  double cpuSeconds() throws IOException {
    double seconds = ProcessUsage.cpuSeconds(containerd.pid());
    return service == null ? seconds : seconds + ProcessUsage.cpuSeconds(service.pid());
  }

  /** Of the service, or of containerd if none runs. */
  double peakMiB() throws IOException {
    return ProcessUsage.peakMiB(service == null ? containerd.pid() : service.pid());
  }

  /** Where a Sluice of this node keeps its state. */
  Path root() {
    return OurSnapshotter.root(directory.resolve("s"));
  }

  /** What the daemons have said, for a report of a failure. */
  String logs() {
    StringBuilder all = new StringBuilder();
    try {
      all.append("containerd:\n").append(Program.text(directory.resolve("c/log")));
    } catch (IOException e) {
      all.append(e);
    }
    if (service != null) {
      all.append('\n').append(service.name()).append(":\n").append(service.said());
    }
    return all.toString();
  }

  @Override
  public void close() {
    try (Snapshotter _ = service;
        Containerd _ = containerd) {
      events.close();
    } finally {
      remove(directory);
    }
  }

  /** Also unmounts what a node that was killed has left. */
  static void remove(Path directory) {
    for (String mount : mountsBelow(directory)) {
      Program.run(REMOVE, "umount", "-l", mount);
    }
    Program.run(REMOVE, "rm", "-rf", "--one-file-system", directory);
  }

  private static List<String> mountsBelow(Path directory) {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .map(line -> line.split(" ", -1)[4])
          .filter(point -> point.startsWith(directory + "/"))
          .toList()
          .reversed();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("list mounts", e);
    }
  }
}
