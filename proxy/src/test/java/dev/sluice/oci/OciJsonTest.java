package dev.sluice.oci;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OciJsonTest {
  private static final String EMPTY =
      "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

  /** Both files were written by Go: the input by hand, the output by json.Marshal. */
  @Test
  void writesWhatGoWrites() throws IOException {
    Manifest manifest = OciJson.manifest("test", resource("hostile.json"));

    byte[] written = OciJson.write(manifest);

    assertThat(new String(written, UTF_8))
        .isEqualTo(new String(resource("hostile.canonical.json"), UTF_8));
    assertThat(Digest.sha256(written).hex())
        .isEqualTo("e344e873708219e793c898fe4bdd9aa789c53da928543862e43d149c74ed0686");
    assertThat(OciJson.write(OciJson.manifest("again", written))).isEqualTo(written);
  }

  @Test
  void replacesInvalidUtf8ByteByByteAsGoDoes() {
    byte[] text =
        HexFormat.of().parseHex("22ffe28220c3a9f09f98eda08022"); // "\xff\xe2\x82 é\xf0\x9f\x98..."
    byte[] json =
        ("{\"config\":{\"digest\":\""
                + EMPTY
                + "\"},\"annotations\":{\"a\":"
                + new String(text, ISO_8859_1)
                + "}}")
            .getBytes(ISO_8859_1);

    String a = OciJson.manifest("test", json).annotations().get("a");

    assertThat(HexFormat.of().formatHex(a.getBytes(UTF_8)))
        .isEqualTo("efbfbdefbfbdefbfbd20c3a9efbfbdefbfbdefbfbdefbfbdefbfbdefbfbd");
  }

  @Test
  void writesIndexesInGoFieldOrder() {
    var annotations = new TreeMap<>(java.util.Map.of("b", "2", "a", "1"));
    var platform = new Platform("amd64", "linux", null, List.of(), null);
    var entry =
        new Descriptor(
            MediaTypes.OCI_MANIFEST,
            Digest.parse(EMPTY),
            2,
            List.of(),
            annotations,
            null,
            platform,
            "t");

    byte[] written =
        OciJson.write(new Index(MediaTypes.OCI_INDEX, null, List.of(entry), null, new TreeMap<>()));

    assertThat(new String(written, UTF_8))
        .isEqualTo(
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                + "\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                + "\"digest\":\""
                + EMPTY
                + "\",\"size\":2,\"annotations\":{\"a\":\"1\",\"b\":\"2\"},"
                + "\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"},"
                + "\"artifactType\":\"t\"}]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{                                          | malformed JSON at character",
        "[]                                         | the document: expected an object, found an array",
        "{} x                                       | something follows the document",
        "{\"config\":{\"digest\":\"sha256:0\"}}     | field config.digest: 'sha256:0' is no digest",
        "{\"config\":1}                             | field config: expected an object, found a number",
        "{}                                         | field config: missing",
        "{\"manifests\":[]}                         | expected a manifest, found an index",
        "{\"schemaVersion\":3}                      | field schemaVersion: expected 2, found 3",
        "{\"schemaVersion\":1}                      | Docker's schema 1",
        "{\"schemaVersion\":01}                     | a number with a leading zero",
        "{\"config\":{\"size\":1e3}}                | field config.size: 1e3 is no 64-bit integer",
        "{\"config\":{\"size\":-1}}                 | field config.size: -1 is negative",
        "{\"config\":{\"size\":9223372036854775808}}| is no 64-bit integer",
        "{\"config\":{},\"layers\":{}}              | field config.digest: '' is no digest",
        "{\"a\":\"\\ud83\"}                         | four hexadecimal digits",
        "{\"a\":tru}                                | expected a value",
        "{\"a\" 1}                                  | expected ':'",
        "{\"a\":1,}                                 | expected a name in quotes",
      })
  void namesDocumentAndFieldOfWhatIsWrong(String json, String message) {
    assertThatThrownBy(() -> OciJson.manifest("manifest of x/y:z", json.getBytes(UTF_8)))
        .isInstanceOf(SluiceException.class)
        .hasMessageStartingWith("parse manifest of x/y:z: ")
        .hasMessageContaining(message);
  }

  @Test
  void boundsDepthAndLength() {
    byte[] deep = ("{\"a\":" + "[".repeat(100_000)).getBytes(UTF_8);
    assertThatThrownBy(() -> OciJson.index("deep", deep)).hasMessageContaining("nested deeper");
    byte[] huge = new byte[OciJson.MAX_DOCUMENT_BYTES + 1];
    assertThatThrownBy(() -> OciJson.index("huge", huge))
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.INVALID))
        .hasMessageContaining("more than the 4194304 allowed");
  }

  @Test
  void infersTheMediaTypeThatLayoutsLeaveOut() {
    assertThat(OciJson.mediaTypeOf("x", "{\"manifests\":[]}".getBytes(UTF_8)))
        .isEqualTo(MediaTypes.OCI_INDEX);
    assertThat(OciJson.mediaTypeOf("x", "{\"config\":{}}".getBytes(UTF_8)))
        .isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(OciJson.mediaTypeOf("x", "{\"mediaType\":\"m\"}".getBytes(UTF_8))).isEqualTo("m");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = OciJsonTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
