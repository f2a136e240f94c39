package dev.sluice.load.coldstart;

import dev.sluice.control.ControlClient;
import dev.sluice.control.LayerStatus;
import dev.sluice.load.SluiceService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code sluice serve}. */
final class OurSnapshotter implements Snapshotter {
  private final SluiceService service;

  private OurSnapshotter(SluiceService service) {
    this.service = service;
  }

  /**
   * Says how to start one.
   *
   * @param settings lines of its configuration
   * @param profiles what it finds recorded, null: nothing
   */
  static NodeKind.Launch with(String settings, @Nullable Path profiles) {
    return (directory, certs, _) -> start(directory, certs, settings, profiles);
  }

  private static OurSnapshotter start(
      Path directory, Path certs, String settings, @Nullable Path profiles) throws IOException {
    Profiles.give(profiles, root(directory));
    return new OurSnapshotter(SluiceService.start(directory, certs, settings));
  }

  /** Where a service that was started in {@code directory} keeps its state. */
  static Path root(Path directory) {
    return directory.resolve("root");
  }

  @Override
  public String name() {
    return "sluice";
  }

  @Override
  public Path socket() {
    return service.socket();
  }

  @Override
  public long pid() {
    return service.pid();
  }

  @Override
  public String said() {
    return service.said();
  }

  @Override
  public List<LayerStatus> layers() {
    return new ControlClient(socket()).layers().stream().filter(LayerStatus::lazy).toList();
  }

  @Override
  public void close() {
    service.close();
  }
}
