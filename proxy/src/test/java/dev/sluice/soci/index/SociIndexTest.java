package dev.sluice.soci.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SociIndexTest {
  private static final String LAYER =
      "sha256:aece8493d3972efa43bfd4ee3cdba659c0f787f8f59c82fb3e48c87cbb22a12e";
  private static final String CONFIG =
      "{\"mediaType\":\"application/vnd.amazon.soci.index.VERSION+json\",\"digest\":"
          + "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\","
          + "\"size\":2}";
  private static final String ZTOC =
      "{\"mediaType\":\"application/octet-stream\",\"digest\":"
          + "\"sha256:cb011209b93fde5a7a698302ca2e2dd4928278da32a31995c5df6d16cb27c638\","
          + "\"size\":1229704,\"annotations\":{"
          + "\"com.amazon.soci.image-layer-digest\":\""
          + LAYER
          + "\",\"com.amazon.soci.image-layer-mediaType\":"
          + "\"application/vnd.oci.image.layer.v1.tar+gzip\","
          + "\"com.amazon.soci.span-size\":\"4194304\"}}";
  private static final String SUBJECT =
      "\"subject\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
          + "\"sha256:ab5a62720aa71c964aae400825284ca3e8229934928394e68a06e395a225faae\","
          + "\"size\":2752},";
  private static final String PREFETCH =
      ",{\"mediaType\":\"application/vnd.amazon.soci.prefetch.v1+json\",\"digest\":"
          + "\"sha256:4aa84dfbf34f88299a1a01786d2a6b7fe79059cfc67d0733b3fe8517419413f9\","
          + "\"size\":161,\"annotations\":{\"com.amazon.soci.image-layer-digest\":\""
          + LAYER
          + "\"}}";

  private static String document(String version, String more, String subject) {
    return "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
        + "\"config\":"
        + CONFIG.replace("VERSION", version)
        + ",\"layers\":["
        + ZTOC
        + more
        + "],"
        + subject
        + "\"annotations\":{\"com.amazon.soci.build-tool-identifier\":\"AWS SOCI CLI v0.2\"}}";
  }

  @Test
  void readsAndWritesVersion1() {
    String json = document("v1", "", SUBJECT);
    SociIndex index = SociIndex.parse("test", json.getBytes(UTF_8));

    assertThat(index.version()).isEqualTo(SociIndex.Version.V1);
    assertThat(index.subject().size()).isEqualTo(2752);
    assertThat(index.buildTool()).isEqualTo("AWS SOCI CLI v0.2");
    assertThat(index.ztocs())
        .singleElement()
        .satisfies(ztoc -> {
          assertThat(ztoc.layer()).hasToString(LAYER);
          assertThat(ztoc.spanSize()).isEqualTo(4194304);
          assertThat(ztoc.xattrsDisabled()).isFalse();
          assertThat(ztoc.descriptor().size()).isEqualTo(1229704);
        });
    assertThat(new String(index.content().bytes(), UTF_8)).isEqualTo(json);
  }

  @Test
  void readsAndWritesVersion2WithPrefetch() {
    String json = document("v2", PREFETCH, "");
    SociIndex index = SociIndex.parse("test", json.getBytes(UTF_8));

    assertThat(index.version()).isEqualTo(SociIndex.Version.V2);
    assertThat(index.subject()).isNull();
    assertThat(index.ztocs()).hasSize(1);
    assertThat(index.prefetchOf(Digest.parse(LAYER))).isPresent();
    assertThat(index.prefetchOf(index.config().digest())).isEmpty();
    assertThat(index.ztocOf(Digest.parse(LAYER))).isPresent();
    assertThat(index.ztocOf(index.config().digest())).isEmpty();
    assertThat(new String(index.content().bytes(), UTF_8)).isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource({
    "true, true",
    "1, true",
    "T, true",
    "TRUE, true",
    "yes, false",
    "false, false",
    "'', false"
  })
  void readsDisabledXattrsAsGoReadsBooleans(String text, boolean disabled) {
    String json =
        document("v2", "", "")
            .replace(
                "\"com.amazon.soci.span-size\":\"4194304\"",
                "\"com.amazon.soci.disable-xattrs\":\"" + text + "\"");
    assertThat(SociIndex.parse("test", json.getBytes(UTF_8)).ztocs())
        .singleElement()
        .satisfies(ztoc -> {
          assertThat(ztoc.xattrsDisabled()).isEqualTo(disabled);
          assertThat(ztoc.spanSize()).as("not stated").isZero();
        });
  }

  @Test
  void leavesOutZtocsThatNameNoLayer() {
    String json = document("v2", "", "").replace(LAYER, "sha256:nonsense");
    assertThat(SociIndex.parse("test", json.getBytes(UTF_8)).ztocs()).isEmpty();
  }

  @Test
  void knowsNoOtherVersions() {
    byte[] json = document("v3", "", "").getBytes(UTF_8);
    assertThatThrownBy(() -> SociIndex.parse("SOCI index x", json))
        .hasMessageContaining("SOCI index x")
        .hasMessageContaining("application/vnd.amazon.soci.index.v3+json")
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.UNSUPPORTED));
  }
}
