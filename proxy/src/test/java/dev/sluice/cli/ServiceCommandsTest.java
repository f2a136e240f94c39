package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheStats;
import dev.sluice.config.ConfigurationLoader;
import dev.sluice.control.CacheStatus;
import dev.sluice.control.ControlHandler;
import dev.sluice.control.ImageStatus;
import dev.sluice.control.LayerStatus;
import dev.sluice.control.MountStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ServiceStatus;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceCommandsTest {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  private final Vertx vertx = Vertx.vertx();
  private @TempDir Path directory;
  private String socket;

  private static final class Node implements NodeStatus {
    private final Instant since = Instant.now().minus(Duration.ofHours(3));

    @Override
    public ServiceStatus service() {
      return new ServiceStatus("1", 2, since, "/srv", null);
    }

    @Override
    public List<ImageStatus> images() {
      return List.of(
          new ImageStatus(
              "r/app:1", DIGEST, 5, 4, 1, 4 << 20, 1 << 20, 2 << 20, 77, 1, "filling", true, true,
              since));
    }

    @Override
    public List<LayerStatus> layers() {
      return List.of(
          new LayerStatus(
              9,
              "r/app:1",
              DIGEST,
              true,
              1,
              4 << 20,
              1 << 20,
              2 << 20,
              3 << 20,
              DIGEST,
              4,
              5,
              "registry gone",
              "failed",
              "no network",
              "fuse",
              "no EROFS",
              since),
          new LayerStatus(
              8, "r/b:1", DIGEST, false, 1, 0, 0, 0, 0, null, 0, 0, null, null, null, null, null,
              since));
    }

    @Override
    public List<MountStatus> mounts() {
      return List.of();
    }

    @Override
    public CacheStatus cache() {
      return new CacheStatus(
          128 << 20,
          1L << 30,
          new CacheStats(
              3, 6, 1, 0, 5, 0, 0, 8 << 20, 0, 0, 16 << 20, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
              3 << 20, false));
    }
  }

  @BeforeEach
  void listen() throws Exception {
    socket = directory.resolve("s.sock").toString();
    vertx
        .createHttpServer()
        .requestHandler(new ControlHandler(vertx, new Node(), ConfigurationLoader.defaults()))
        .listen(SocketAddress.domainSocketAddress(socket))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Run run(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--address";
    all[arguments.length + 1] = socket;
    Run run = Run.of(all);
    assertThat(run.code()).as(run.err()).isZero();
    return run;
  }

  @Test
  void listsImages() {
    assertThat(run("ps").out())
        .isEqualTo(
            """
            IMAGE    LAZY  SIZE      CACHED    FILL             PROFILE  READS  FAILED  AGE
            r/app:1  4/5   4.00 MiB  1.00 MiB  filling, pinned  yes      77     1       3h
            """);
    assertThat(run("ps", "-o", "json").out()).startsWith("{\"images\":[{\"reference\":\"r/app:1\"");
  }

  @Test
  void listsLayersAndWhyReadsFailed() {
    Run all = run("layers");
    assertThat(all.out())
        .isEqualTo(
            """
            SNAPSHOT  LAYER                HOW       FACE  SIZE      CACHED    TOUCHED   HINTED    FILL    READS  FAILED  AGE  IMAGE
            9         sha256:0123456789ab  lazy      fuse  4.00 MiB  1.00 MiB  2.00 MiB  3.00 MiB  failed  4      5       3h   r/app:1
            8         sha256:0123456789ab  unpacked  -     -         -         -         -         -       0      0       3h   r/b:1
            """);
    assertThat(all.err())
        .isEqualTo(
            """
            last failure of sha256:0123456789ab: registry gone
            sha256:0123456789ab is shown by fuse: no EROFS
            filling sha256:0123456789ab: no network
            """);
    assertThat(run("layers", "r/b:1").out()).contains("r/b:1").doesNotContain("r/app:1");
    assertThat(run("layers", "--json").out()).contains("\"last_failure\":\"registry gone\"");
  }

  @Test
  void showsTheCache() {
    assertThat(run("cache").out())
        .isEqualTo(
            """
            TIER    BYTES     BOUND     HITS  EVICTED
            memory  8.00 MiB  128 MiB   3     0
            disk    16.0 MiB  1.00 GiB  6     5
            90.0 % of chunk reads answered here; 5 fetches, 0 failed; 0 corrupt chunks dropped
            3.00 MiB on disk are pinned
            """);
    assertThat(run("cache", "-o", "json").out()).startsWith("{\"hit_ratio\":0.9000,");
  }

  @Test
  void dumpsWhatTheServiceStartedWith() {
    assertThat(run("config", "dump", "--running").out())
        .isEqualTo(ConfigurationLoader.defaults().dump());
  }

  @Test
  void findsTheSocketInTheConfiguration() throws Exception {
    Path file = directory.resolve("c.toml");
    Files.writeString(file, "address = '" + socket + "'\n");
    Run run = Run.of("ps", "--config", file.toString());
    assertThat(run.out()).contains("r/app:1");
  }

  @Test
  void checksAndDumpsConfigurations() throws Exception {
    Path file = directory.resolve("c.toml");
    Files.writeString(file, "[cache]\ndisk = '1GiB'\n");
    Run good = Run.of("config", "check", file.toString());
    assertThat(good.code()).as(good.err()).isZero();
    assertThat(good.out()).isEqualTo("ok: 1 value is set, the others are the defaults\n");
    Files.writeString(file, "[cache]\ndsk = '1GiB'\n");
    Run bad = Run.of("config", "check", file.toString());
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err())
        .contains(file + ":2: there is no key cache.dsk; did you mean cache.disk?");
    Run dump = Run.of("config", "dump", "--set", "cache.disk=5", "--log-level", "debug");
    assertThat(dump.out())
        .containsPattern("disk = \"5B\" +# --set cache.disk\n")
        .containsPattern("log_level = \"debug\" +# --log-level\n");
    assertThat(Run.of("config", "dump", "--set", "cache.disk").code()).isEqualTo(2);
    assertThat(Run.of("config", "default").out())
        .isEqualTo(ConfigurationLoader.defaults().document());
    assertThat(Run.of("config", "reference").out()).startsWith("# Configuration\n");
  }

  @Test
  void completionKnowsThem() {
    assertThat(Run.of("completion", "bash").out()).contains("layers", "reference", "--running");
  }
}
