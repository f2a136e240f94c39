package dev.sluice.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Manifests, indexes, configurations of images, and their names: all read from the same bytes. */
public final class OciDocumentsFuzz implements FuzzTarget {
  private static final String DIGEST = "sha256:" + "c4".repeat(32);

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED, FailureKind.INVALID);
  }

  @Override
  public List<byte[]> seeds() throws Exception {
    List<byte[]> seeds = new ArrayList<>();
    for (String name : List.of("hostile.json", "hostile.canonical.json")) {
      try (var in = OciDocumentsFuzz.class.getResourceAsStream(name)) {
        seeds.add(in.readAllBytes());
      }
    }
    seeds.addAll(
        FuzzTarget.texts(
            "registry.test:5000/a/b_c:tag@" + DIGEST,
            "python",
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%1$s","size":3,
            "platform":{"architecture":"arm64","os":"linux","variant":"v8","os.features":["x"]},
            "annotations":{"a":"\\u00e9\\ud83d\\ude00"},"data":"e30="}]}
            """
                .formatted(DIGEST),
            """
            {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}
            """
                .formatted(DIGEST)));
    return seeds;
  }

  @Override
  public void run(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    int refused = 0;
    refused += refused(() -> manifest(input), FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
    refused += refused(() -> index(input), FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
    refused += refused(() -> OciJson.config("config", input), FailureKind.CORRUPT);
    refused += refused(() -> reference(text), FailureKind.INVALID);
    if (refused == 4) {
      throw new SluiceException(FailureKind.INVALID, "nobody takes it");
    }
  }

  private static int refused(Runnable reading, FailureKind... kinds) {
    try {
      reading.run();
      return 0;
    } catch (SluiceException e) {
      assertThat(e.kind()).as(e.getMessage()).isIn((Object[]) kinds);
      return 1;
    }
  }

  private static void manifest(byte[] json) {
    Manifest manifest = OciJson.manifest("manifest", json);
    byte[] written = OciJson.write(manifest);
    assertThat(OciJson.write(OciJson.manifest("manifest", written))).isEqualTo(written);
  }

  private static void index(byte[] json) {
    Index index = OciJson.index("index", json);
    byte[] written = OciJson.write(index);
    assertThat(OciJson.write(OciJson.index("index", written))).isEqualTo(written);
  }

  private static void reference(String text) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
  }
}
