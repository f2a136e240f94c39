package dev.sluice.soci.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.util.List;
import java.util.Set;

/** A SOCI index: what is taken is read again from its canonical bytes as the same. */
public final class SociIndexFuzz implements FuzzTarget {
  private static final String DIGEST = "sha256:" + "0a".repeat(32);

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() {
    String v1 =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "config":{"mediaType":"application/vnd.amazon.soci.index.v1+json","digest":"%1$s","size":2},
        "layers":[{"mediaType":"application/octet-stream","digest":"%1$s","size":17,"annotations":
        {"com.amazon.soci.image-layer-digest":"%1$s",
        "com.amazon.soci.image-layer-mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"}},
        {"mediaType":"application/vnd.amazon.soci.prefetch.v1+json","digest":"%1$s","size":9,
        "annotations":{"com.amazon.soci.image-layer-digest":"%1$s"}}],
        "subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%1$s","size":5},
        "annotations":{"com.amazon.soci.build-tool-identifier":"AWS SOCI CLI v0.2"}}
        """
            .formatted(DIGEST);
    return FuzzTarget.texts(
        v1, v1.replace("index.v1", "index.v2").replaceFirst("\"subject.*,", ""));
  }

  @Override
  public void run(byte[] input) {
    SociIndex index = SociIndex.parse("index", input);
    assertThat(SociIndex.parse(index.content())).isEqualTo(index);
    index.ztocs().forEach(ztoc -> assertThat(index.ztocOf(ztoc.layer())).isPresent());
    assertThat(index.prefetches().size() + index.ztocs().size())
        .isLessThanOrEqualTo(index.layers().size());
  }
}
