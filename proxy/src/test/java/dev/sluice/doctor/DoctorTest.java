package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.Main;
import dev.sluice.image.ImageStore;
import dev.sluice.image.SampleImage;
import dev.sluice.image.SampleRegistry;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole of doctor, against a real containerd and a registry. */
@NeedsRoot
class DoctorTest {
  @TempDir Path directory;

  private record Run(int code, String out) {}

  private Run doctor(String... arguments) {
    var out = new ByteArrayOutputStream();
    var all = new java.util.ArrayList<>(List.of("doctor"));
    all.addAll(
        List.of(
            "--root",
            directory.resolve("state").toString(),
            "--address",
            directory.resolve("s.sock").toString(),
            "--set",
            "containerd.address=" + directory.resolve("c.sock"),
            "--containerd-config",
            directory.resolve("config.toml").toString(),
            "--set",
            "registry.config_path=" + directory.resolve("certs.d"),
            "--set",
            "cache.disk=1MiB",
            "--set",
            "cache.disk_reserve=1MiB"));
    all.addAll(List.of(arguments));
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.run(stream, stream, all.toArray(String[]::new));
    return new Run(code, out.toString(StandardCharsets.UTF_8));
  }

  private Process containerd() throws Exception {
    Files.writeString(
        directory.resolve("config.toml"),
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/run"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
        [grpc]
          address = "%1$s/c.sock"
        [debug]
          address = "%1$s/d.sock"
        [proxy_plugins.sluice]
          type = "snapshot"
          address = "%1$s/s.sock"
          [proxy_plugins.sluice.exports]
            root = "%1$s/state"
        [plugins."io.containerd.grpc.v1.cri".containerd]
          snapshotter = "sluice"
          disable_snapshot_annotations = false
        """
            .formatted(directory));
    return new ProcessBuilder("containerd", "--config", directory.resolve("config.toml").toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  @Test
  void aWellNodeIsFoundWellAndAnImageToo() throws Exception {
    Process containerd = containerd();
    try (SampleRegistry registry = SampleRegistry.start(directory.resolve("registry"))) {
      String image = registry.reference("team/app:1");
      try (ImageStore store = registry.store("team/app:1")) {
        SampleImage.image(
            store,
            "linux/amd64",
            SampleImage.gzip(SampleImage.tar(Map.of("file", SampleImage.noise(100_000, 1)))));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Files.exists(directory.resolve("c.sock")));
      Run run = doctor("--plain-http", image);
      assertThat(run.code()).as(run.out()).isZero();
      assertThat(run.out())
          .contains("OK    FUSE mount: ")
          .contains("OK    overlay mount: ")
          .contains("WARN  service: ")
          .contains("OK    containerd: containerd 1.")
          .contains("OK    containerd: it runs with the remote snapshotter sluice")
          .contains("OK    containerd's configuration: pods use the snapshotter sluice")
          .contains("OK    image: ")
          .contains("WARN  index: the image has no SOCI index")
          .contains("make one: sluice create " + image)
          .contains("OK    ranges: a range out of the middle of layer sha256:");
      Run json = doctor("-o", "json");
      assertThat(json.out()).startsWith("{\"findings\":[{").contains("\"verdict\":\"warn\"}");
      assertThat(doctor("--plain-http", registry.reference("team/none:1")).code()).isEqualTo(1);
    } finally {
      containerd.destroy();
      assertThat(containerd.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aNodeWithoutContainerdFails() {
    Run run = doctor();
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains("FAIL  containerd: there is no socket " + directory.resolve("c.sock"))
        .contains("FAIL  containerd's configuration: there is no " + directory)
        .contains("        [proxy_plugins.sluice]\n");
  }

  @Test
  void aSocketOfAnotherProgramIsFound() throws Exception {
    Vertx vertx = Vertx.vertx();
    Path socket = directory.resolve("other.sock");
    try {
      try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        dead.bind(UnixDomainSocketAddress.of(socket));
      }
      Doctor doctor =
          new Doctor(
              vertx,
              Machine.here(),
              new dev.sluice.config.ConfigurationLoader(Map.of())
                  .load(
                      null,
                      List.of(
                          new dev.sluice.config.ConfigurationLoader.Flag(
                              "test", "containerd.address", socket.toString()),
                          new dev.sluice.config.ConfigurationLoader.Flag(
                              "test", "root", directory.toString())))
                  .configuration(),
              directory.resolve("config.toml"));
      List<Finding> findings = new java.util.ArrayList<>();
      assertThat(doctor.examine(findings::add)).isEqualTo(Verdict.FAIL);
      assertThat(findings)
          .filteredOn(finding -> finding.subject().equals("containerd"))
          .extracting(Finding::verdict)
          .containsExactly(Verdict.FAIL);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }
}
