package dev.sluice.image;

import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.oci.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts and archives travel between Sluice, skopeo and umoci without harm. */
class ForeignLayoutsTest {
  @TempDir Path directory;

  @Test
  void umociAndSkopeoReadWhatSluiceWrites() throws Exception {
    Content image;
    try (ImageStore store =
        ImageStores.createLocal(ImageLocation.parse("oci-archive:" + at("ours.tar") + ":v1"))) {
      image = SampleImage.image(store, "linux/amd64", gzip(tar(Map.of("etc/x", noise(5000, 1)))));
    }

    run("skopeo", "copy", "oci-archive:" + at("ours.tar") + ":v1", "oci:" + at("lay") + ":v1");
    run("umoci", "unpack", "--rootless", "--image", at("lay") + ":v1", at("bundle"));

    assertThat(Path.of(at("bundle"), "rootfs/etc/x")).hasBinaryContent(noise(5000, 1));
    try (ImageStore store = ImageStores.openLocal(ImageLocation.parse("oci:" + at("lay")))) {
      assertThat(store.manifest("v1").digest()).isEqualTo(image.digest());
    }
  }

  @Test
  void sluiceReadsWhatUmociAndSkopeoWrite() throws Exception {
    run("umoci", "init", "--layout", at("lay"));
    run("umoci", "new", "--image", at("lay") + ":v1");
    run("skopeo", "copy", "oci:" + at("lay") + ":v1", "oci-archive:" + at("a.tar") + ":latest");

    for (String location : new String[] {"oci:" + at("lay"), "oci-archive:" + at("a.tar")}) {
      try (ImageStore store = ImageStores.openLocal(ImageLocation.parse(location))) {
        PlatformImage image = PlatformImage.choose(store, store.manifest(""), null);
        assertThat(image.platform().os()).isEqualTo("linux");
        assertThat(image.config(store).diffIds()).isEmpty();
      }
    }
  }

  private String at(String name) {
    return directory.resolve(name).toString();
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
