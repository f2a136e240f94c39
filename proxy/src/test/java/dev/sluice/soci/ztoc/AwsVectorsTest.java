package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our ztocs against those of AWS's library, v0.15.0, for the same layers: from GNU tar, Python's
 * tarfile, gzip, pigz and zlib, and tar headers made by hand.
 */
class AwsVectorsTest {
  /**
   * AWS's builder accepts these but can't serve them: sparse files, whose content it would serve
   * with the map of the holes inside, and a zlib stream behind a gzip one, which its reader
   * refuses.
   */
  private static final Set<String> ONLY_AWS_BUILDS =
      Set.of("sparsepax0.0.tar.gz", "sparsepax0.1.tar.gz", "sparsepax1.0.tar.gz", "zlibmember.gz");

  /** Go refuses gzip headers with names above 511 bytes; nothing else does. */
  private static final Set<String> ONLY_WE_BUILD = Set.of("hname600.gz");

  /** A time that RFC 3339 can't express is left empty in the ztoc. */
  private static final Set<String> WITHOUT_TIME = Set.of("negmtime.tar.gz", "neg2.tar.gz");

  private static final String REFUSED = "refused";
  private static final Map<String, byte[]> LAYERS = new HashMap<>();

  record Vector(String layer, String compression, long spanSize, String expected) {}

  @BeforeAll
  static void readLayers() throws IOException {
    try (ZipInputStream zip = new ZipInputStream(resource("layers.zip"))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        LAYERS.put(entry.getName(), zip.readAllBytes());
      }
    }
  }

  static List<Vector> vectors() throws IOException {
    try (InputStream in = resource("vectors.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", -1))
          .map(c -> new Vector(c[0], c[1], Long.parseLong(c[2]), c[3]))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void buildsTheSameZtoc(Vector vector) throws IOException {
    byte[] layer = Objects.requireNonNull(LAYERS.get(vector.layer));
    Compression compression =
        vector.compression.equals("gzip") ? Compression.GZIP : Compression.UNCOMPRESSED;
    boolean refused = vector.expected.equals(REFUSED) && !ONLY_WE_BUILD.contains(vector.layer);
    if (refused || ONLY_AWS_BUILDS.contains(vector.layer)) {
      assertThatThrownBy(() -> Layers.build(layer, compression, vector.spanSize))
          .isInstanceOf(SluiceException.class)
          .hasMessageStartingWith("read ");
      return;
    }
    Layers.Built built = Layers.build(layer, compression, vector.spanSize);
    if (!vector.expected.equals(REFUSED)) {
      assertThat(Digest.sha256(built.ztoc()).toString()).isEqualTo(vector.expected);
    }
    Ztoc read = ZtocReader.read(built.ztoc(), Limits.DEFAULT);
    Layers.checkSpans(read, layer, built.decompressed());
    if (!WITHOUT_TIME.contains(vector.layer)) {
      assertThat(ZtocWriter.write(read)).isEqualTo(built.ztoc());
    }
  }

  @Test
  void theVectorsCoverAllKinds() throws IOException {
    List<Vector> vectors = vectors();
    assertThat(vectors.stream().map(Vector::layer)).containsAll(LAYERS.keySet());
    assertThat(vectors.stream().filter(v -> v.expected.equals(REFUSED)).count()).isGreaterThan(50);
    assertThat(LAYERS.keySet())
        .containsAll(ONLY_WE_BUILD)
        .contains("zlibmember.gz", "sparsepax1.0.tar.gz", "hardsize.tar.gz");
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(AwsVectorsTest.class.getResourceAsStream("aws/" + name), name);
  }
}
