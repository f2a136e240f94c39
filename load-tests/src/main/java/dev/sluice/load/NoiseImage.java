package dev.sluice.load;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Link;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An image of one layer with one file {@code noise} that can't be compressed, in a registry of this
 * process behind a link. Needs pigz.
 */
final class NoiseImage implements AutoCloseable {
  private static final String REPOSITORY = "noise";

  private final Vertx vertx;
  private final EmbeddedRegistry registry;
  private final Path blob;
  private final Descriptor layer;

  private NoiseImage(Vertx vertx, EmbeddedRegistry registry, Path blob, Descriptor layer) {
    this.vertx = vertx;
    this.registry = registry;
    this.blob = blob;
    this.layer = layer;
  }

  /** Makes the image in a directory; the link is not shaped yet. */
  static NoiseImage make(Path directory, int mebibytes) throws IOException, InterruptedException {
    Path blob = directory.resolve("layer.tar.gz");
    String diffId =
        Shell.script(
                """
                cd "$1"
                mkdir tree
                head -c "$2" /dev/urandom > tree/noise
                tar -C tree -cf layer.tar noise
                rm -r tree
                pigz -1 -p 2 -c layer.tar > layer.tar.gz
                sha256sum layer.tar | cut -d ' ' -f 1
                rm layer.tar
                """,
                directory,
                (long) mebibytes << 20)
            .strip();
    Descriptor layer = Descriptor.of(MediaTypes.OCI_LAYER_GZIP, digest(blob), Files.size(blob));
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    EmbeddedRegistry registry =
        await(
            EmbeddedRegistry.start(
                vertx, EmbeddedOptions.in(Files.createDirectories(directory.resolve("registry")))));
    await(registry.serveFile(REPOSITORY, layer.digest(), blob));
    byte[] config =
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\"sha256:"
                + diffId
                + "\"]}}")
            .getBytes(StandardCharsets.UTF_8);
    Descriptor configuration = await(registry.putBlob(REPOSITORY, MediaTypes.OCI_CONFIG, config));
    Manifest manifest =
        new Manifest(
            MediaTypes.OCI_MANIFEST, null, configuration, List.of(layer), null, new TreeMap<>());
    await(
        registry.putManifest(
            REPOSITORY, "latest", Content.of(MediaTypes.OCI_MANIFEST, OciJson.write(manifest))));
    return new NoiseImage(vertx, registry, blob, layer);
  }

  private static Digest digest(Path file) throws IOException {
    MessageDigest digester = Digest.newSha256();
    byte[] piece = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digester.update(piece, 0, n);
      }
    }
    return new Digest("sha256", HexFormat.of().formatHex(digester.digest()));
  }

  void link(Link link) {
    await(registry.link(link));
  }

  Vertx vertx() {
    return vertx;
  }

  EmbeddedRegistry registry() {
    return registry;
  }

  /** The layer as the registry serves it. */
  Path blob() {
    return blob;
  }

  Descriptor layer() {
    return layer;
  }

  Repository repository() {
    return new Repository(registry.host(), REPOSITORY);
  }

  String reference() {
    return repository() + ":latest";
  }

  String blobUrl() {
    return "http://" + registry.host() + "/v2/" + REPOSITORY + "/blobs/" + layer.digest();
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("nothing happened in 60 s", e);
    }
  }

  @Override
  public void close() {
    await(registry.close());
    await(vertx.close());
  }
}
