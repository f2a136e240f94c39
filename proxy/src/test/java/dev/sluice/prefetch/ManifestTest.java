package dev.sluice.prefetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
  private static final Digest IMAGE = Digest.sha256("image".getBytes(StandardCharsets.UTF_8));

  @TempDir Path directory;

  private static Manifest read(String name, String text) {
    return ManifestReader.read(Path.of(name), text.getBytes(StandardCharsets.UTF_8));
  }

  private static String files(Manifest manifest) {
    return manifest.images().stream()
        .flatMap(entry -> entry.files().stream())
        .map(file -> file.path() + " " + file.priority() + " " + file.ranges().size())
        .collect(Collectors.joining(", "));
  }

  @Test
  void jsonAndTomlSayTheSame() {
    Manifest json =
        read(
            "a.json",
            """
            {"version": 1, "images": [{"image": "redis:7", "priority": 2, "files": [
              {"path": "/usr/bin/redis-server"},
              {"path": "/lib/**.so", "priority": -1},
              {"path": "/data", "ranges": [{"to": 10}, {"from": 5, "to": 6}]}]}]}
            """);
    Manifest toml =
        read(
            "a.toml",
            """
            version = 1
            [[images]]
            image = "redis:7"
            priority = 2
            [[images.files]]
            path = "/usr/bin/redis-server"
            [[images.files]]
            path = "/lib/**.so"
            priority = -1
            [[images.files]]
            path = "/data"
            ranges = [{to = 10}, {from = 5, to = 6}]
            """);
    assertThat(json.problems()).isEmpty();
    assertThat(toml.problems()).isEmpty();
    assertThat(files(json))
        .isEqualTo("/usr/bin/redis-server 2 0, /lib/**.so -1 0, /data 2 2")
        .isEqualTo(files(toml));
  }

  @Test
  void whatIsWrongIsNamedWithItsLine_andTheRestIsUsed() {
    Manifest manifest =
        read(
            "m.json",
            """
            {"images": [
              {"image": "Not A Reference", "files": []},
              {"image": "redis", "files": [
                {"path": "/good"},
                {"path": "relative"},
                {"path": "/r", "ranges": [{"from": 9, "to": 3}]},
                {"path": "/p", "priority": "high"},
                {"path": "/typo", "prioriti": 1},
                {"path": 5}]}]}
            """);
    assertThat(manifest.problems())
        .satisfiesExactly(
            problem -> assertThat(problem).startsWith("m.json:2:"),
            problem -> assertThat(problem).startsWith("m.json:5:").contains("/usr/bin/app"),
            problem -> assertThat(problem).startsWith("m.json:6:").contains("from 9 to 3"),
            problem -> assertThat(problem).startsWith("m.json:7:").contains("integer"),
            problem -> assertThat(problem).startsWith("m.json:8:").contains("prioriti"),
            problem -> assertThat(problem).startsWith("m.json:9:").contains("string"));
    assertThat(files(manifest)).isEqualTo("/good 0 0, /typo 0 0");
    Manifest toml =
        read("m.toml", "\n\n[[images]]\nimage = \"redis\"\n[[images.files]]\npath = \"x\"\n");
    assertThat(toml.problems())
        .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
        .startsWith("m.toml:5:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]",
        "{\"version\": 2}",
        "{\"images\": 5}",
        "{\"images\": [5]}",
        "{",
        "{\"images\": [{}]}",
        "''"
      })
  void noiseIsAProblemAndNoMore(String text) {
    for (String name : List.of("n.json", "n.toml")) {
      Manifest manifest = read(name, text.isEmpty() ? "\u0000" : text);
      assertThat(manifest.problems()).as(name).isNotEmpty();
      assertThat(files(manifest)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "redis, docker.io/library/redis:7, true",
    "redis:7, docker.io/library/redis:7, true",
    "redis:6, docker.io/library/redis:7, false",
    "docker.io/library/*, docker.io/library/redis:7, true",
    "docker.io/*, docker.io/library/redis:7, false",
    "docker.io/**, docker.io/library/redis:7, true",
    "docker.io/**:7*, docker.io/library/redis:7.2, true",
    "docker.io/**:6*, docker.io/library/redis:7.2, false",
    "host:5000/app, host:5000/app:1, true",
    "host:5000/app, host:5000/other:1, false",
    "oci:*, oci:layout, true",
  })
  void imagesAreMatchedByReferenceOrPattern(String match, String reference, boolean fits) {
    assertThat(ImageMatch.of(match).fits(IMAGE, reference)).isEqualTo(fits);
  }

  @Test
  void imagesAreMatchedByDigest() {
    assertThat(ImageMatch.of(IMAGE.toString()).fits(IMAGE, "any:1")).isTrue();
    assertThat(ImageMatch.of("redis@" + IMAGE).fits(IMAGE, "redis:1")).isTrue();
    Digest other = Digest.sha256(new byte[1]);
    assertThat(ImageMatch.of(other.toString()).fits(IMAGE, "any:1")).isFalse();
    assertThat(ImageMatch.of("redis@" + other).fits(IMAGE, "redis:1")).isFalse();
    assertThatThrownBy(() -> ImageMatch.of("")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/*.so, /a/b.so, true",
    "/a/*.so, /a/b/c.so, false",
    "/a/**.so, /a/b/c.so, true",
    "/a/**/c.so, /a/c.so, true",
    "/a/**/c.so, /a/b/d/c.so, true",
    "/a/**/c.so, /a/bc.so, false",
    "/a/?, /a/b, true",
    "/a/?, /a//, false",
    "/**, /a/b, true",
    "/a, /a, true",
    "/a, /ab, false",
    "/a.b, /axb, false",
  })
  void patterns(String pattern, String name, boolean fits) {
    assertThat(PathPattern.of(pattern).fits(name)).isEqualTo(fits);
  }

  @Test
  void aHostilePatternCostsNoMoreThanItsLength() {
    String name = "/" + "a".repeat(4000);
    assertThat(PathPattern.of("/" + "**a".repeat(300) + "b").fits(name)).isFalse();
  }

  @Test
  void aDirectoryIsReadAgainWhenItChanges() throws Exception {
    Manifests manifests = new Manifests(directory.resolve("none-yet"));
    assertThat(manifests.has(IMAGE, "redis:7")).isFalse();
    Files.createDirectories(directory.resolve("none-yet"));
    Path file = directory.resolve("none-yet/a.json");
    Files.writeString(file, "{\"images\":[{\"image\":\"redis\",\"files\":[{\"path\":\"/a\"}]}]}");
    Files.writeString(directory.resolve("none-yet/b.json"), "noise");
    assertThat(manifests.has(IMAGE, "redis:7")).isTrue();
    Files.writeString(file, "{\"images\":[{\"image\":\"other\",\"files\":[{\"path\":\"/a\"}]}]}");
    assertThat(manifests.has(IMAGE, "redis:7")).isFalse();
    Files.delete(file);
    assertThat(manifests.has(IMAGE, "other")).isFalse();
    assertThat(Manifests.check(file.getParent())).hasSize(1);
  }

  @Test
  void theSampleIsRight() {
    assertThat(Manifests.check(Path.of("../conf/prefetch.d"))).isEmpty();
  }
}
