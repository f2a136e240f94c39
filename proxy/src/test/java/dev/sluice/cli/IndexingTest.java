package dev.sluice.cli;

import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.RequestKind;
import dev.sluice.image.ImageStore;
import dev.sluice.image.SampleImage;
import dev.sluice.image.SampleRegistry;
import dev.sluice.oci.Digest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a registry, from an image to a file read through its index. */
class IndexingTest {
  private static final byte[] FILE = noise(700_000, 5);
  private static final byte[] LAYER = gzip(tar(files()));

  @TempDir Path directory;
  private SampleRegistry registry;
  private String image;

  private static Map<String, byte[]> files() {
    var files = new LinkedHashMap<String, byte[]>();
    files.put("etc/before", noise(2_000_000, 4));
    files.put("etc/file", FILE);
    files.put("etc/after", noise(2_000_000, 6));
    return files;
  }

  @BeforeEach
  void start() {
    registry = SampleRegistry.start(directory.resolve("registry"));
    image = registry.reference("team/app:1");
    try (ImageStore store = registry.store("team/app:1")) {
      SampleImage.image(store, "linux/amd64", LAYER);
    }
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private static Run ok(String... args) {
    Run run = Run.of(args);
    assertThat(run.code()).as(run.err()).isZero();
    return run;
  }

  @Test
  void findsRegistriesWhereADirectoryOfHostsSays() throws IOException {
    Path hosts = Files.createDirectories(directory.resolve("certs.d/registry.example"));
    Files.writeString(
        hosts.resolve("hosts.toml"), "server = 'http://" + image.split("/", 2)[0] + "'\n");
    String absent = directory.resolve("absent").toString();
    Run run =
        Run.of(
            "index",
            "info",
            "--hosts-dir",
            absent,
            "--hosts-dir",
            directory.resolve("certs.d").toString(),
            "registry.example/team/app:1");
    assertThat(run.err()).contains("it has none").contains("registry.example/team/app:1");
  }

  @Test
  void createsListsAndReads() throws IOException {
    Run none = Run.of("index", "info", "--plain-http", image);
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).contains("it has none").contains("hint: make one: sluice create");

    Run created =
        ok(
            "create",
            "--plain-http",
            "--min-layer-size=0",
            "--span-size=64KiB",
            "--prefetch-file=/etc/file",
            image);
    String index = created.out().strip();
    assertThat(Digest.isDigest(index)).isTrue();
    assertThat(created.err())
        .contains("layer " + Digest.sha256(LAYER).brief() + ": ztoc sha256:")
        .contains("prefetch artifact");

    JsonArray listed =
        new JsonArray(ok("index", "list", "-o", "json", "--plain-http", image).out());
    assertThat(listed).hasSize(1);
    assertThat(listed.getJsonObject(0).getString("digest")).isEqualTo(index);
    assertThat(listed.getJsonObject(0).getString("version")).isEqualTo("v1");
    assertThat(ok("index", "ls", "--plain-http", image).out()).contains("DIGEST").contains(index);

    JsonObject manifest =
        new JsonObject(ok("index", "info", "--json", "--plain-http", image).out());
    assertThat(manifest.getJsonArray("layers")).hasSize(2);
    String byDigest = image.replace(":1", "@" + index);
    assertThat(ok("index", "info", "--plain-http", byDigest).out()).contains("v1").contains(index);

    JsonObject ztoc = new JsonObject(ok("ztoc", "info", "--json", "--plain-http", image).out());
    assertThat(ztoc.getInteger("num_files")).isEqualTo(3);
    assertThat(ztoc.getLong("span_size")).isEqualTo(65536);
    assertThat(ztoc.getJsonArray("files").getJsonObject(1).getString("filename"))
        .isEqualTo("etc/file");
    assertThat(ok("ztoc", "info", "--files", "--plain-http", image).out()).contains("etc/after");

    JsonArray prefetch =
        new JsonArray(ok("prefetch", "info", "--json", "--plain-http", image).out());
    assertThat(prefetch.getJsonObject(0).getJsonArray("prefetch_spans")).hasSize(1);
    assertThat(ok("prefetch", "info", "--plain-http", image).out()).contains("LAYER");

    readsOnlyTheSpansOfTheFile();
  }

  private void readsOnlyTheSpansOfTheFile() throws IOException {
    registry.registry().traffic().reset();
    Path output = directory.resolve("out");
    ok("ztoc", "get-file", "--plain-http", "--output=" + output, image, "/etc/file");
    assertThat(output).hasBinaryContent(FILE);
    assertThat(registry.registry().traffic().bytesSent(Digest.sha256(LAYER)))
        .isLessThan(FILE.length + 4 * 65536);

    Run absent = Run.of("ztoc", "get-file", "--plain-http", image, "/etc/nothing");
    assertThat(absent.code()).isEqualTo(1);
    assertThat(absent.err()).contains("no such file");
    Run wrongLayer = Run.of("ztoc", "get-file", "--plain-http", "--layer=ffff", image, "etc/file");
    assertThat(wrongLayer.code()).isEqualTo(1);
    assertThat(wrongLayer.err()).contains("find ztoc of layer 'ffff'");
  }

  @Test
  void convertsBetweenRegistryAndLayout() throws IOException {
    String layout = "oci:" + directory.resolve("lay") + ":v2";
    String digest =
        ok("convert", "--plain-http", "--min-layer-size=0", image, layout).out().strip();
    String back = registry.reference("team/soci:2");

    assertThat(ok("convert", "--plain-http", "--min-layer-size=0", layout, back).out().strip())
        .as("converting again changes nothing")
        .isEqualTo(digest);

    assertThat(ok("index", "list", "--plain-http", back).out()).contains("v2");
    assertThat(ok("index", "list", layout).out()).contains("v2");
    JsonObject json =
        new JsonObject(
            ok("convert", "--json", "--plain-http", "--min-layer-size=0", image, back).out());
    assertThat(json.getString("digest")).isEqualTo(digest);
    try (ImageStore store = registry.store("team/soci:2")) {
      assertThat(store.manifest("").digest()).hasToString(digest);
    }
  }

  @Test
  void createsIntoALayoutAndReadsFromFiles() throws IOException {
    String layout = "oci:" + directory.resolve("lay");
    ok("create", "--plain-http", "--min-layer-size=0", "--output=" + layout, image);
    assertThat(ok("index", "list", layout).out()).contains("v1");
    JsonObject manifest = new JsonObject(ok("index", "info", "--json", layout).out());
    String ztoc = manifest.getJsonArray("layers").getJsonObject(0).getString("digest");
    Path blobs = directory.resolve("lay/blobs/sha256");
    String file = blobs.resolve(ztoc.substring("sha256:".length())).toString();

    assertThat(ok("ztoc", "info", file).out()).contains("files:       3");
    Path output = directory.resolve("out");
    ok(
        "ztoc",
        "get-file",
        "--blob=" + blobs.resolve(Digest.sha256(LAYER).hex()),
        "--output=" + output,
        file,
        "etc/file");
    assertThat(output).hasBinaryContent(FILE);
    assertThat(Run.of("ztoc", "get-file", file, "etc/file").err()).contains("--blob");
  }

  @Test
  void saysWhenEveryLayerIsTooSmall() {
    Run run = Run.of("create", "--plain-http", image);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("less than the smallest layer size of 10485760")
        .contains("no ztocs created")
        .contains("--min-layer-size");
  }

  @Test
  void readsListsOfPrefetchedFiles() throws IOException {
    Path list = Files.writeString(directory.resolve("list.json"), "[\"etc/after\"]");
    Run created =
        ok(
            "create",
            "--json",
            "--plain-http",
            "--min-layer-size=0",
            "--prefetch-files-json=" + list,
            image);
    assertThat(new JsonArray(created.out()).getJsonObject(0).getInteger("prefetches")).isEqualTo(1);
    Files.writeString(list, "{\"etc\":1}");
    Run wrong = Run.of("create", "--plain-http", "--prefetch-files-json=" + list, image);
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains(list.toString()).contains("expected an array");
  }

  @Test
  void isQuietWhenAsked() {
    Run run = ok("create", "-q", "--plain-http", "--min-layer-size=0", image);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("sha256:");
  }

  @Test
  void givesUpAtTheTimeout() {
    registry
        .registry()
        .faults()
        .plan(1000, s -> s.kind() == RequestKind.MANIFEST, new dev.sluice.embedded.Fault.Silence());
    Run run = Run.of("create", "--timeout=500ms", "--plain-http", image);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("not done within --timeout 500ms");
  }
}
