package dev.sluice.demo;

import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/**
 * The image of the demonstration in the embedded registry: one layer, the JDK.
 *
 * @param manifest digest of its manifest
 * @param layer its only layer
 * @param diffId of that layer
 */
public record DemoImage(
    ImageReference reference, Digest manifest, Descriptor layer, Digest diffId) {
  private static final String REPOSITORY = "demo/jdk";
  private static final String TAG = "latest";

  /** An image of a few megabytes in hundreds of files. */
  public static Future<DemoImage> publishSmall(EmbeddedRegistry registry, Path file)
      throws IOException, InterruptedException {
    return publish(registry, JdkLayer.packSmall(file));
  }

  /** Puts the image into the registry's storage, without the network. */
  static Future<DemoImage> publish(EmbeddedRegistry registry, JdkLayer jdk) throws IOException {
    Descriptor layer =
        Descriptor.of(MediaTypes.OCI_LAYER_GZIP, jdk.digest(), Files.size(jdk.file()));
    byte[] config = config(jdk.diffId()).getBytes(StandardCharsets.UTF_8);
    Manifest manifest =
        new Manifest(
            MediaTypes.OCI_MANIFEST,
            null,
            Descriptor.of(MediaTypes.OCI_CONFIG, Digest.sha256(config), config.length),
            List.of(layer),
            null,
            new TreeMap<>());
    Content content = Content.of(MediaTypes.OCI_MANIFEST, OciJson.write(manifest));
    ImageReference reference =
        new ImageReference(new Repository(registry.host(), REPOSITORY), TAG, null);
    return registry
        .serveFile(REPOSITORY, jdk.digest(), jdk.file())
        .compose(_ -> registry.putBlob(REPOSITORY, MediaTypes.OCI_CONFIG, config))
        .compose(_ -> registry.putManifest(REPOSITORY, TAG, content))
        .map(_ -> new DemoImage(reference, content.digest(), layer, jdk.diffId()));
  }

  private static String config(Digest diffId) {
    Platform host = Platforms.host();
    return new JsonObject()
        .put("architecture", host.architecture())
        .put("os", host.os())
        .put("config", new JsonObject().put("Cmd", new JsonArray().add("/" + JdkLayer.JAVA)))
        .put(
            "rootfs",
            new JsonObject()
                .put("type", "layers")
                .put("diff_ids", new JsonArray().add(diffId.toString())))
        .encode();
  }
}
