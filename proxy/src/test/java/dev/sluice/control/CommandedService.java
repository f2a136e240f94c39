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
    implements NodeStatus, CacheCommands, ProfileCommands, Explainer, AutoCloseable {
  public static final Explanation EXPLAINED = explained();

  public final List<String> commands = new CopyOnWriteArrayList<>();
  public volatile List<LayerStatus> layers = List.of();
  volatile @Nullable RuntimeException failure;
  private final Vertx vertx = Vertx.vertx();

  public CommandedService(Path socket) {
    var _ =
        vertx
            .createHttpServer()
            .requestHandler(
                new ControlHandler(vertx, this, ConfigurationLoader.defaults(), this, this, this))
            .listen(SocketAddress.domainSocketAddress(socket.toString()))
            .toCompletionStage()
            .toCompletableFuture()
            .orTimeout(10, TimeUnit.SECONDS)
            .join();
  }

  private static Explanation explained() {
    Instant then = Instant.parse("2026-11-23T18:00:00.5Z");
    var slow =
        new Explanation.Read(
            then, "usr/bin/\"é\"", 4096, 512, 812_300, true, 10_000, 800_000, 2_000, 300, null);
    var failed = new Explanation.Read(then, "", 0, 1, 5, false, 0, 0, 0, 0, "the registry is gone");
    var lazy =
        new Explanation.Layer(
            9, "sha256:a", true, null, 7, 3, 70, 30, 12, 1, List.of(slow), List.of(failed));
    var unpacked =
        new Explanation.Layer(8, "", false, "odd", 0, 0, 5, 5, 0, 0, List.of(), List.of());
    var span = new Explanation.Span(4, 0, 100, 17, 99, Explanation.Tier.REGISTRY);
    var file = new Explanation.File("usr/bin/x", 9, "sha256:a", 100, 0, 0, 1, List.of(span));
    return new Explanation("k8s.io/3/abc", "r/app:1", List.of(lazy, unpacked), file);
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
    return new ServiceStatus("1", 2, Instant.EPOCH, "/srv", null);
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

  @Override
  public Explanation explain(String subject, String path) {
    note("explain " + subject + " " + path);
    return EXPLAINED;
  }
}
