package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.Stage.EndToEnd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builds indexes of a foreign image in a foreign registry, and reads single files by them. */
@EndToEnd
final class IndexEndToEndTest {
  private static final Duration STEP = Duration.ofMinutes(2);

  private static Stage stage;
  private static String image;
  private static String index;

  @BeforeAll
  static void create(Stage shared) {
    stage = shared;
    image = stage.push("indexed:v1");
    index = Sluice.run("create", "--plain-http", "--min-layer-size", "0", image).strip();
  }

  @Test
  void indexIsFoundByTheFallbackTag() {
    assertThat(index).matches("sha256:[0-9a-f]{64}");
    assertThat(Sluice.run("index", "list", "--plain-http", "--json", image)).contains(index);

    String subject =
        skopeo("inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + image)
            .strip();
    String tags =
        skopeo(
            "list-tags",
            "--tls-verify=false",
            "docker://" + image.substring(0, image.lastIndexOf(':')));
    assertThat(tags).contains(subject.replace(':', '-'));
  }

  @Test
  void sameImageGivesTheSameIndex() {
    String again =
        Sluice.run("create", "--plain-http", "--force", "--min-layer-size", "0", image).strip();
    assertThat(again).isEqualTo(index);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bin/capable",
        "bin/capable-too",
        "odd/first",
        "odd/second",
        "odd/block-511",
        "odd/block-513",
        "odd/empty",
        "odd/zeros",
        "odd/many/2999",
        "lower/replaced",
        "lower/merged/from-below",
        "etc/motd"
      })
  void fileByTheIndexIsTheUnpackedFile(String path) throws Exception {
    Path got = stage.scratch().resolve("got");
    Sluice.run("ztoc", "get-file", "--plain-http", "--output", got, image, "/" + path);
    Path expected = stage.image().unpacked().resolve(path);
    assertThat(Files.mismatch(got, expected))
        .as("first byte that differs in %s", path)
        .isEqualTo(-1);
  }

  @Test
  void oneFileFetchesRangesOnly() {
    int before = stage.registry().reads().size();
    Sluice.run(
        "ztoc", "get-file", "--plain-http", "--output", "/dev/null", image, "/odd/block-512");
    List<DockerRegistry.Read> layers =
        stage.registry().reads().stream()
            .skip(before)
            .filter(read -> stage.image().layers().stream().anyMatch(read.path()::endsWith))
            .toList();
    assertThat(layers).isNotEmpty().allMatch(read -> read.status() == 206);
  }

  @Test
  void convertedImageUnpacksToTheSameTree() {
    String converted = stage.registry().host() + "/converted:soci";
    Sluice.run("convert", "--plain-http", "--min-layer-size", "0", image, converted);
    Path layout = stage.scratch().resolve("converted");
    skopeo("copy", "--src-tls-verify=false", "docker://" + converted, "oci:" + layout + ":soci");
    Path unpacked = SampleImage.unpack(layout, "soci", stage.scratch().resolve("converted-bundle"));
    assertThat(stage.trees().differences(stage.image().unpacked(), unpacked)).isEmpty();
  }

  @Test
  void missingImageIsNamed() {
    String absent = stage.registry().host() + "/absent:v1";
    Program.Result result = Sluice.result("create", "--plain-http", absent);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("absent").doesNotContain("Exception");
  }

  private static String skopeo(String... arguments) {
    List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy"));
    command.addAll(List.of(arguments));
    return Program.run(STEP, command.toArray());
  }
}
