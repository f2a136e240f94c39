package dev.sluice.soci.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.oci.Content;
import dev.sluice.oci.Platforms;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Converts images as AWS's CLI v0.15 did with {@code convert --standalone --format oci-dir} and the
 * same options. The digest of the image index covers every byte below it: annotated manifests, SOCI
 * indexes, ztocs, prefetch artifacts.
 */
class AwsBytesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "umoci       | 0     | 4194304 | -    | -                       | -"
            + " | 4e5c428e0f7b096f37c8d57911461cc003c37605f9ddfde4b14fa487e24375ba",
        "umoci       | 0     | 65536   | xattr | -                      |"
            + " /etc/passwd ./usr/bin/../bin/text usr/bin/random"
            + " | ec1151e1dcbd701a3ffb7f1561dc4773e44ec46587d6e9c4b5c91dc566c6dd73",
        "umoci       | 50000 | 4194304 | -    | -                       | -"
            + " | 63e8405f9fc8f9098d1f38c629dd52d538c6afeca552ca7faf8841bf674bdae5",
        "docker-list | 0     | 4194304 | xattr | all                    | -"
            + " | 7bbd03cd27ba5ea2ac1e7003caa8de6afe8c72522aaeceb2855ecdb3d3f00a91",
        "docker-list | 0     | 4194304 | -    | linux/amd64             | -"
            + " | 10e19e53e66b014294aca61791ba7ca441035ab54f2ed516cbab1f07cb2dc536",
        "docker-list | 0     | 4194304 | -    | linux/arm64 linux/arm   | -"
            + " | 828611f84e28356a81abd1db58c6477fdf666899a9bc3123c1c6c18683afd572",
      })
  void convertsToTheSameBytes(
      String image,
      long minLayerSize,
      long spanSize,
      String optimization,
      String platforms,
      String prefetch,
      String digest)
      throws IOException {
    var options =
        new IndexOptions(
            spanSize,
            minLayerSize,
            IndexOptions.DEFAULT_BUILD_TOOL,
            optimization != null,
            false,
            words(prefetch));
    Content first;
    try (ImageStore source = ImageStores.openLocal(archive(image));
        ImageStore target = ImageStores.createLocal(layout("first"))) {
      first = convert(source, target, options, platforms);
    }
    assertThat(first.digest().hex()).isEqualTo(digest);
    try (ImageStore source = ImageStores.openLocal(layout("first"));
        ImageStore target = ImageStores.createLocal(layout("second"))) {
      assertThat(convert(source, target, options, platforms).digest()).isEqualTo(first.digest());
    }
  }

  private static Content convert(
      ImageStore source, ImageStore target, IndexOptions options, String platforms) {
    boolean all = "all".equals(platforms);
    return new Converter(source, target, options, BuildListener.NONE)
        .convert(all ? List.of() : words(platforms).stream().map(Platforms::parse).toList(), all);
  }

  private static List<String> words(String text) {
    return text == null ? List.of() : Arrays.asList(text.split(" "));
  }

  private ImageLocation archive(String name) throws IOException {
    Path file = directory.resolve(name + ".tar");
    try (InputStream in = AwsBytesTest.class.getResourceAsStream(name + ".tar")) {
      Files.copy(in, file);
    }
    return ImageLocation.parse("oci-archive:" + file);
  }

  private ImageLocation layout(String name) {
    return ImageLocation.parse("oci:" + directory.resolve(name));
  }
}
