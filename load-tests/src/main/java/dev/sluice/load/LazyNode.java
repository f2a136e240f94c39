package dev.sluice.load;

import dev.sluice.control.ControlClient;
import dev.sluice.control.LayerStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** A service and a containerd beside it, with one registry that both reach by plain HTTP. */
public final class LazyNode implements AutoCloseable {
  private static final Duration REMOVE = Duration.ofMinutes(5);

  private final Path directory;
  private final Path certs;
  private final SluiceService service;
  private final Containerd containerd;

  private LazyNode(Path directory, Path certs, SluiceService service, Containerd containerd) {
    this.directory = directory;
    this.certs = certs;
    this.service = service;
    this.containerd = containerd;
  }

  /**
   * Starts one.
   *
   * @param directory its own, removed at the end
   * @param registry {@code host:port}
   * @param settings lines of the service's configuration
   */
  public static LazyNode start(Path directory, String registry, String settings) {
    SluiceService service = null;
    try {
      Path certs = directory.resolve("certs");
      Files.writeString(
          Files.createDirectories(certs.resolve(registry)).resolve("hosts.toml"),
          "server = \"http://%s\"\n".formatted(registry));
      service = SluiceService.start(directory.resolve("s"), certs, settings);
      return new LazyNode(
          directory,
          certs,
          service,
          Containerd.start(directory.resolve("c"), service.socket(), certs));
    } catch (IOException | RuntimeException e) {
      try (SluiceService _ = service) {
        throw e instanceof IOException io
            ? new UncheckedIOException("start a node in " + directory, io)
            : (RuntimeException) e;
      }
    }
  }

  /** Pulls an image as users do; {@code snapshotter} is {@code sluice} or {@code overlayfs}. */
  public void pull(Duration limit, String snapshotter, String reference) {
    Sluice.runWithin(
        limit,
        "image",
        "pull",
        "--address",
        containerd.socket(),
        "--hosts-dir",
        certs,
        "--snapshotter",
        snapshotter,
        reference);
  }

  /** Brings all bytes of a lazy image that are not here yet. */
  public void warm(Duration limit, String reference) {
    Sluice.runWithin(limit, "cache", "warm", "--wait", "--address", service.socket(), reference);
  }

  /** Who answers for the lazy layers that are shown. */
  public Set<String> faces() {
    return lazyLayers().stream()
        .map(layer -> Objects.requireNonNullElse(layer.face(), "none"))
        .collect(Collectors.toSet());
  }

  public List<LayerStatus> lazyLayers() {
    return new ControlClient(service.socket()).layers().stream().filter(LayerStatus::lazy).toList();
  }

  public Containerd containerd() {
    return containerd;
  }

  public SluiceService service() {
    return service;
  }

  /** Directory with hosts.toml files. */
  public Path certs() {
    return certs;
  }

  @Override
  public void close() {
    try (SluiceService _ = service;
        Containerd _ = containerd) {
      // containerd ends first
    }
    Program.run(REMOVE, "rm", "-rf", "--one-file-system", directory);
  }
}
