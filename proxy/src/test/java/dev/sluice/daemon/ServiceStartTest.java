package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.metrics.SluiceMetrics;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.LayersInPractice;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that can't start leaves nothing behind; one that works says how layers came. */
@NeedsRoot
@Timeout(60)
class ServiceStartTest {
  @TempDir Path directory;

  private LoadedConfiguration configuration(String metrics) throws Exception {
    Path file = directory.resolve("c.toml");
    Files.writeString(
        file,
        "root = '%s'\naddress = '%s'\n[metrics]\naddress = '%s'\n"
            .formatted(directory.resolve("root"), directory.resolve("run/sluice.sock"), metrics));
    return ConfigurationLoader.loadFile(file);
  }

  private static Service start(LoadedConfiguration configuration) {
    return Service.start(configuration, "1.2.3", Map.of(), ServiceNotify.of(Map.of()));
  }

  @Test
  void aPortThatIsTakenFailsTheStart_nothingStaysMounted_andTheNextStartSucceeds()
      throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> start(configuration(address)))
          .isInstanceOf(SluiceException.class)
          .hasMessageContaining("serve metrics at " + address);
      assertThat(Mounts.below(directory)).isEmpty();
    }
    Service service = start(configuration("127.0.0.1:0"));
    try {
      assertThat(Mounts.below(directory)).isNotEmpty();
    } finally {
      service.stop(true);
    }
    assertThat(Mounts.below(directory)).isEmpty();
  }

  @Test
  void metricsSayHowLayersCame() throws Exception {
    SluiceMetrics metrics = new SluiceMetrics("1.2.3");
    try (LayersInPractice practice = new LayersInPractice(directory)) {
      SnapshotMetrics.bind(metrics, practice.counters());
      practice.bringOneOfEachKind();
      assertThat(metrics.registry().scrape().lines())
          .contains(
              "sluice_layers_total{how=\"lazy\"} 1.0",
              "sluice_layers_total{how=\"unpacked\"} 1.0",
              "sluice_layers_total{how=\"left\"} 1.0",
              "sluice_layer_failures_total{how=\"lazy\"} 0.0",
              "sluice_layer_failures_total{how=\"unpacked\"} 1.0",
              "sluice_indexes_total{outcome=\"found\"} 1.0",
              "sluice_indexes_total{outcome=\"absent\"} 1.0",
              "sluice_indexes_total{outcome=\"error\"} 1.0");
    } finally {
      metrics.close();
    }
  }
}
