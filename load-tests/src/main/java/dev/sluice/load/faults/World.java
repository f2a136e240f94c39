package dev.sluice.load.faults;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.TarBytes;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A registry that can misbehave, with one image of known files, behind a wire that can too. */
final class World implements AutoCloseable {
  private static final String REPOSITORY = "truth";
  private static final Duration CREATE = Duration.ofMinutes(3);
  private static final Duration REMOVE = Duration.ofMinutes(1);
  private static final String USER = "pusher";
  private static final String PASSWORD = "secret";

  /** Everybody may pull, with a token that lives long. */
  static final Access TOKENS = new Access.Bearer(USER, PASSWORD, Duration.ofMinutes(5), true, true);

  private final Vertx vertx;
  private final Path directory;
  final EmbeddedRegistry registry;
  final Wire wire;
  final Truth truth;
  private String diffId = "";

  private World(Vertx vertx, Path directory, EmbeddedRegistry registry, Wire wire, Truth truth) {
    this.vertx = vertx;
    this.directory = directory;
    this.registry = registry;
    this.wire = wire;
    this.truth = truth;
  }

  static World make(Path directory, EmbeddedOptions options, Truth truth, long seed)
      throws IOException {
    Vertx vertx = Vertx.vertx();
    EmbeddedRegistry registry = await(EmbeddedRegistry.start(vertx, options));
    Wire wire = Wire.start(registry.port(), seed);
    World world = new World(vertx, directory, registry, wire, truth);
    world.push();
    return world;
  }

  private void push() throws IOException {
    byte[] tar = truth.tar();
    diffId = Digest.sha256(tar).toString();
    byte[] blob = TarBytes.gzip(tar);
    Descriptor layer = await(registry.putBlob(REPOSITORY, MediaTypes.OCI_LAYER_GZIP, blob));
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
            + diffId
            + "\"]}}";
    Descriptor configuration =
        await(
            registry.putBlob(
                REPOSITORY, MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8)));
    Manifest manifest =
        new Manifest(
            MediaTypes.OCI_MANIFEST, null, configuration, List.of(layer), null, new TreeMap<>());
    await(
        registry.putManifest(
            REPOSITORY, "latest", Content.of(MediaTypes.OCI_MANIFEST, OciJson.write(manifest))));
    Path docker = fresh("docker");
    String password =
        Base64.getEncoder()
            .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        docker.resolve("config.json"),
        "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(wire.host(), password));
    Map<String, String> environment = new HashMap<>(Sluice.ENVIRONMENT);
    environment.put("DOCKER_CONFIG", docker.toString());
    Program.Result made =
        Program.result(
            CREATE,
            environment,
            Sluice.command(
                    "create",
                    "--plain-http",
                    "--min-layer-size=0",
                    "--span-size=65536",
                    reference(wire.host()))
                .toArray());
    if (made.exitCode() != 0) {
      throw new IllegalStateException("sluice create: " + made.out() + made.err());
    }
  }

  static String reference(String host) {
    return host + "/" + REPOSITORY + ":latest";
  }

  String reference() {
    return reference(wire.host());
  }

  /** Of its one layer; so containerd calls the layer's snapshot. */
  String diffId() {
    return diffId;
  }

  /** A directory for one mount, which is empty. */
  Path fresh(String name) throws IOException {
    Path path = directory.resolve(name);
    remove(path);
    return Files.createDirectories(path);
  }

  static void remove(Path path) {
    Program.run(REMOVE, "rm", "-rf", "--one-file-system", path);
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("nothing happened in 60 s", e);
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
    await(registry.close());
    await(vertx.close());
  }
}
