package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.config.ConfigurationLoader.Flag;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.containerd.ContainerdClient;
import dev.sluice.containerd.LayerOffer;
import dev.sluice.daemon.Service;
import dev.sluice.daemon.ServiceNotify;
import dev.sluice.demo.DemoImage;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A small node from nothing: an image in an embedded registry, its index, the service, a layer
 * brought lazily and read, and the service again with what is there then.
 */
final class RehearsedNode {
  private static final int SECONDS = 20;

  private final PrintStream out;
  private final Path place;

  /**
   * @param place an empty directory, whose path is short enough for a socket
   */
  RehearsedNode(PrintStream out, Path place) {
    this.out = out;
    this.place = place;
  }

  /** Goes as far as the machine lets it. */
  void run() throws Exception {
    Vertx vertx = Vertx.vertx();
    EmbeddedRegistry registry =
        await(EmbeddedRegistry.start(vertx, EmbeddedOptions.in(place.resolve("registry"))));
    DemoImage image = await(DemoImage.publishSmall(registry, place.resolve("layer.tar.gz")));
    var _ =
        Main.run(
            out,
            out,
            "create",
            "--plain-http",
            "--min-layer-size",
            "0",
            image.reference().toString());
    LoadedConfiguration configuration =
        new ConfigurationLoader(Map.of())
            .load(
                Path.of("/dev/null"),
                List.of(
                    flag("root", place.resolve("node")),
                    flag("address", place.resolve("s/s.sock")),
                    flag("metrics.address", "")));
    Service service = start(configuration);
    try (ContainerdClient client =
        ContainerdClient.connect(
            vertx, configuration.configuration().address().toString(), "rehearsal")) {
      boolean brought =
          new LayerOffer(
                  image.reference(), image.manifest(), List.of(image.layer()), image.diffId())
              .to(client, "sluice", "");
      if (brought) {
        read();
      }
    } finally {
      service.stop(false);
    }
    start(configuration).stop(true);
    await(registry.close());
    await(vertx.close());
  }

  private static Flag flag(String key, Object value) {
    return new Flag("rehearsal", key, value.toString());
  }

  private static Service start(LoadedConfiguration configuration) {
    return Service.start(configuration, Version.current(), Map.of(), ServiceNotify.of(Map.of()));
  }

  /** By another process: this one serves the files. */
  private void read() throws Exception {
    Process reader =
        new ProcessBuilder("find", "node/layers", "-type", "f", "-exec", "cat", "{}", "+")
            .directory(place.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!reader.waitFor(SECONDS, TimeUnit.SECONDS)) {
      reader.destroyForcibly();
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
  }
}
