package dev.sluice.load.many;

import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.load.TarBytes;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Images in a registry, of layers of which no two are the same. What is in a file follows from its
 * numbers, so nothing is kept.
 */
final class ManyImages {
  private static final int LONGEST_FILE = 8192;
  private static final long MINUTES = 2;

  private final EmbeddedRegistry registry;
  private final Tools tools;
  private final long seed;
  private final int layersPerImage;
  private final int filesPerLayer;

  /** A file of the image: {@code l<layer>/<file>}. */
  record Member(int layer, int file) {
    String name() {
      return "l" + layer + "/" + file;
    }
  }

  /**
   * @param number of the image
   * @param layers how many
   * @param chain id of the topmost layer, as containerd calls its snapshot
   */
  record Image(int number, String reference, int layers, String chain) {}

  ManyImages(
      EmbeddedRegistry registry, Tools tools, long seed, int layersPerImage, int filesPerLayer) {
    this.registry = registry;
    this.tools = tools;
    this.seed = seed;
    this.layersPerImage = layersPerImage;
    this.filesPerLayer = filesPerLayer;
  }

  /** Makes one with so many layers at most, with its index. */
  Image make(int number, int mostLayers) {
    String repository = "many" + number;
    int count = Math.min(layersPerImage, mostLayers);
    List<Descriptor> layers = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    String chain = "";
    for (int layer = 0; layer < count; layer++) {
      byte[] tar = tar(number, layer);
      String diffId = Digest.sha256(tar).toString();
      diffIds.add(diffId);
      chain = chain.isEmpty() ? diffId : sha256(chain + " " + diffId);
      layers.add(
          await(registry.putBlob(repository, MediaTypes.OCI_LAYER_GZIP, TarBytes.gzip(tar))));
    }
    String config =
        diffIds.stream()
            .collect(
                Collectors.joining(
                    "\",\"",
                    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"",
                    "\"]}}"));
    Descriptor configuration =
        await(
            registry.putBlob(
                repository, MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8)));
    Manifest manifest =
        new Manifest(MediaTypes.OCI_MANIFEST, null, configuration, layers, null, new TreeMap<>());
    await(
        registry.putManifest(
            repository, "v1", Content.of(MediaTypes.OCI_MANIFEST, OciJson.write(manifest))));
    String reference = registry.host() + "/" + repository + ":v1";
    tools.index(reference);
    return new Image(number, reference, count, chain);
  }

  private static String sha256(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)).toString();
  }

  private byte[] tar(int image, int layer) {
    TarBytes tar = new TarBytes();
    for (int file = 0; file < filesPerLayer; file++) {
      Member member = new Member(layer, file);
      tar.add(member.name(), bytes(image, member));
    }
    return tar.end();
  }

  /** Any file of an image. */
  Member member(Image image, Random random) {
    return new Member(random.nextInt(image.layers()), random.nextInt(filesPerLayer));
  }

  /** What must be read. */
  byte[] bytes(int image, Member member) {
    Random random =
        new Random(((seed * 31 + image) * 1009 + member.layer()) * 100_003 + member.file());
    byte[] bytes = new byte[1 + random.nextInt(LONGEST_FILE)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(MINUTES, TimeUnit.MINUTES);
    } catch (TimeoutException e) {
      throw new IllegalStateException("push to the registry: not done in 2 minutes", e);
    }
  }
}
