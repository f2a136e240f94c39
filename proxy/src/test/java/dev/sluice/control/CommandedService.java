package dev.sluice.control;

import dev.sluice.cache.CacheStats;
import dev.sluice.config.ConfigurationLoader;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A service that does nothing but note its commands. */
public final class CommandedService
    implements NodeStatus, CacheCommands, ProfileCommands, AutoCloseable {
  public final List<String> commands = new CopyOnWriteArrayList<>();
  public volatile List<LayerStatus> layers = List.of();
  volatile @Nullable RuntimeException failure;
  private final Vertx vertx = Vertx.vertx();

  public CommandedService(Path socket) {
    var _ =
        vertx
            .createHttpServer()
            .requestHandler(
                new ControlHandler(vertx, this, ConfigurationLoader.defaults(), this, this))
            .listen(SocketAddress.domainSocketAddress(socket.toString()))
            .toCompletionStage()
            .toCompletableFuture()
            .orTimeout(10, TimeUnit.SECONDS)
            .join();
  }

  private void note(String command) {
    commands.add(command);
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public List<CollectedLayer> collect() {
    note("gc");
    return List.of(new CollectedLayer("abcdef0123456789", 7 << 20));
  }

  @Override
  public ImageCache pin(String reference) {
    note("pin " + reference);
    return new ImageCache(reference, 3, 100, 40, true);
  }

  @Override
  public ImageCache unpin(String reference) {
    note("unpin " + reference);
    return new ImageCache(reference, 3, 100, 40, false);
  }

  @Override
  public ImageCache warm(String reference) {
    note("warm " + reference);
    return new ImageCache(reference, 3, 100, 40, false);
  }

  @Override
  public HintedCache warmHints(String image) {
    note("warm-hints " + image);
    return new HintedCache(image, 70, 30, false);
  }

  @Override
  public HintedCache hints(String image) {
    note("hints " + image);
    return new HintedCache(image, 70, 0, true);
  }

  @Override
  public RunStatus record(String image, boolean hold) {
    note((hold ? "hold " : "record ") + image);
    return new RunStatus(image, "sha256:1", "running", 3);
  }

  @Override
  public RunStatus state(String image) {
    note("state " + image);
    return new RunStatus(image, "sha256:1", "ended", 4);
  }

  @Override
  public RunStatus end(String image) {
    note("end " + image);
    return new RunStatus(image, "sha256:1", "ended", 5);
  }

  @Override
  public ServiceStatus service() {
    return new ServiceStatus("1", 2, Instant.EPOCH, "/srv");
  }

  @Override
  public List<ImageStatus> images() {
    return List.of();
  }

  @Override
  public List<LayerStatus> layers() {
    return layers;
  }

  @Override
  public List<MountStatus> mounts() {
    return List.of();
  }

  @Override
  public CacheStatus cache() {
    return new CacheStatus(
        1,
        1,
        new CacheStats(
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false));
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
