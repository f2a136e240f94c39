package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.Configuration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerdConfigTest {
  private static final String PLUGIN =
      """
      [proxy_plugins.sluice]
        type = "snapshot"
        address = "/run/sluice/sluice.sock"
        [proxy_plugins.sluice.exports]
          root = "/var/lib/sluice/"
      """;
  private static final String CRI_2 =
      """
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "sluice"
        disable_snapshot_annotations = false
      """;
  private static final String CRI_3 =
      """
      [plugins.'io.containerd.cri.v1.images']
        snapshotter = "sluice"
        disable_snapshot_annotations = false
      """;

  @TempDir Path directory;

  private List<Finding> look(String toml) throws Exception {
    Path file = Files.writeString(directory.resolve("config.toml"), toml);
    return new ContainerdConfigCheck(file, Configuration.defaults()).run();
  }

  private Finding worst(String toml) throws Exception {
    return look(toml).stream().max(Comparator.comparing(Finding::verdict)).orElseThrow();
  }

  @Test
  void whatTheDocumentsSayIsFoundWell() throws Exception {
    assertThat(worst("version = 2\n" + PLUGIN + CRI_2).verdict()).isEqualTo(Verdict.OK);
    assertThat(worst("version = 3\n" + PLUGIN + CRI_3).verdict()).isEqualTo(Verdict.OK);
    assertThat(
            worst(
                    "version = 2\n"
                        + PLUGIN.replace(".sluice", ".soci")
                        + CRI_2.replace("\"sluice\"", "\"soci\""))
                .verdict())
        .isEqualTo(Verdict.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.6.toml", "1.7.toml", "2.x.toml", "soci-drop-in.toml"})
  void ourSnippetsAreFoundWell(String name) throws Exception {
    assertThat(worst(Files.readString(Path.of("../conf/containerd", name))).verdict())
        .isNotEqualTo(Verdict.FAIL);
  }

  @Test
  void theTransferServiceMayCarryTheAnnotationsFromTwoOn() throws Exception {
    String silent = CRI_3.replace("  disable_snapshot_annotations = false\n", "");
    String exports = "          enable_remote_snapshot_annotations = \"true\"\n";
    assertThat(worst("version = 3\n" + PLUGIN + silent).verdict()).isEqualTo(Verdict.FAIL);
    assertThat(worst("version = 3\n" + PLUGIN + exports + silent).verdict()).isEqualTo(Verdict.OK);
    assertThat(
            worst(
                    "version = 2\n"
                        + PLUGIN
                        + exports
                        + CRI_2.replace("  disable_snapshot_annotations = false\n", ""))
                .verdict())
        .isEqualTo(Verdict.FAIL);
  }

  @Test
  void aMissingFileOrPluginIsAnsweredWithLinesThatMendIt() throws Exception {
    Path file = directory.resolve("config.toml");
    Finding missing = new ContainerdConfigCheck(file, Configuration.defaults()).run().getFirst();
    assertThat(missing.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(worst(lines(missing)).verdict()).isEqualTo(Verdict.OK);

    Finding empty = worst("version = 2\n");
    assertThat(empty.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(empty.detail()).contains("no proxy plugin").contains("/run/sluice/sluice.sock");
    String mended = "version = 2\n" + lines(empty) + "\n";
    Finding next = worst(mended);
    assertThat(next.verdict()).isEqualTo(Verdict.WARN);
    assertThat(worst(mended + lines(next)).verdict()).isEqualTo(Verdict.OK);
    assertThat(
            worst(
                    "version = 3\n"
                        + lines(empty)
                        + "\n"
                        + lines(worst("version = 3\n" + lines(empty))))
                .verdict())
        .isEqualTo(Verdict.OK);
  }

  private static String lines(Finding finding) {
    String advice = String.valueOf(finding.advice());
    return advice.substring(advice.indexOf('\n') + 1);
  }

  @Test
  void everyMistakeHasItsFinding() throws Exception {
    assertThat(worst(PLUGIN).detail()).contains("has version 1");
    assertThat(worst("version = 2\n" + PLUGIN.replace("\"snapshot\"", "\"content\"")).detail())
        .contains("the type of the proxy plugin sluice is \"content\"");
    assertThat(worst("version = 2\n" + PLUGIN.replace("sluice.sock", "other.sock")).detail())
        .contains("no proxy plugin");
    Finding noRoot = worst("version = 2\n" + PLUGIN.replace("root = ", "toor = ") + CRI_2);
    assertThat(noRoot.verdict()).isEqualTo(Verdict.WARN);
    assertThat(noRoot.detail()).contains("exports no root");
    assertThat(worst("version = 2\n" + PLUGIN.replace("/var/lib", "/srv") + CRI_2).detail())
        .contains("exports the root /srv/sluice/, but ours is /var/lib/sluice");
    Finding other = worst("version = 2\n" + PLUGIN + CRI_2.replace("\"sluice\"", "\"zfs\""));
    assertThat(other.verdict()).isEqualTo(Verdict.WARN);
    assertThat(other.detail()).contains("the CRI uses the snapshotter zfs");
    assertThat(worst("version = 2\n" + PLUGIN + CRI_2.replace("false", "true")).verdict())
        .isEqualTo(Verdict.FAIL);
  }

  @Test
  void aSnapshotterOfOneRuntimeCounts() throws Exception {
    String runtime =
        """
        [plugins."io.containerd.grpc.v1.cri".containerd]
          disable_snapshot_annotations = false
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.lazy]
          snapshotter = "sluice"
        """;
    assertThat(worst("version = 2\n" + PLUGIN + runtime).verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void importsAreRead() throws Exception {
    Path parts = Files.createDirectory(directory.resolve("conf.d"));
    Files.writeString(parts.resolve("sluice.toml"), "version = 2\n" + PLUGIN + CRI_2);
    assertThat(worst("version = 2\nimports = ['conf.d/*.toml']\n").verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void aBrokenFileIsNamedWithItsLine() {
    assertThatThrownBy(() -> look("version = 2\n[proxy_plugins\n"))
        .hasMessageContaining(directory.resolve("config.toml") + ":2");
  }
}
