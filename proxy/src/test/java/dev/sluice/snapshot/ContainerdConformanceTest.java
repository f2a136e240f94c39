package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same through a real containerd: its own overlayfs, and ours as its plugin. */
@NeedsRoot
final class ContainerdConformanceTest {
  @TempDir static Path directory;
  private static SluiceSocket sluice;
  private static RealContainerd containerd;

  @BeforeAll
  static void start() throws Exception {
    sluice = new SluiceSocket(Files.createDirectory(directory.resolve("s")), LayerSource.NONE);
    containerd = new RealContainerd(Files.createDirectory(directory.resolve("c")), sluice.socket());
  }

  @AfterAll
  static void stop() throws Exception {
    containerd.close();
    sluice.close();
  }

  @Nested
  final class Overlayfs extends SnapshotterConformance {
    @Override
    void cleanUp() {
      // containerd does that when it collects garbage, not when it is asked
    }

    @Override
    SnapshotsClient connect() {
      return new SnapshotsClient(containerd.socket(), "overlayfs", "conformance");
    }
  }

  @Nested
  final class Sluice extends SnapshotterConformance {
    @Override
    void cleanUp() {
      sluice.snapshotter().cleanup();
    }

    @Override
    SnapshotsClient connect() {
      return new SnapshotsClient(containerd.socket(), "sluice", "conformance");
    }
  }

  private static SnapshotsClient client(Path socket, String snapshotter, String namespace) {
    return new SnapshotsClient(socket, snapshotter, namespace);
  }

  /** Random filters, most of them wrong, give the same answer from containerd's own parser. */
  @Test
  void filtersMeanWhatTheyMeanToContainerd() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int matched = 0;
    int refused = 0;
    try (SnapshotsClient theirs = client(containerd.socket(), "overlayfs", "filters");
        SnapshotsClient ours = client(sluice.socket(), "sluice", "filters")) {
      for (SnapshotsClient each : List.of(theirs, ours)) {
        each.prepare("filter-a", "", Map.of("containerd.io/snapshot/x", "1", "b", "two words"));
        each.commit("filter-b", "filter-a", "", Map.of("c.d", "é/\"q\"", "b", "x"));
        each.view("filter-v", "filter-b", Map.of());
      }
      for (int i = 0; i < 600; i++) {
        String filter = RandomFilter.next(random);
        String what = "seed %d: %s".formatted(seed, filter);
        List<String> expected = answer(theirs, filter);
        assertThat(answer(ours, filter)).as(what).isEqualTo(expected);
        matched += expected.isEmpty() ? 0 : 1;
        refused += expected.equals(REFUSED) ? 1 : 0;
      }
      ours.remove("filter-v");
      ours.remove("filter-b");
    }
    assertThat(matched - refused).isGreaterThan(30);
    assertThat(refused).isGreaterThan(30);
  }

  private static final List<String> REFUSED = List.of("refused");

  private static List<String> answer(SnapshotsClient client, String filter) {
    try {
      return client.names(filter).stream().filter(name -> name.startsWith("filter-")).toList();
    } catch (GrpcFailure e) {
      return REFUSED;
    }
  }

  @Test
  void ctrWorksOnIt() {
    assertThat(containerd.ctr("plugins", "ls")).containsPattern("snapshotter.v1 +sluice .*ok");
    snapshots("prepare", "one");
    assertThat(snapshots("mounts", "/mnt", "one")).contains("mount -t bind").contains("/fs /mnt");
    snapshots("commit", "base", "one");
    snapshots("label", "base", "containerd.io/gc.root=yes");
    assertThat(snapshots("info", "base")).contains("Committed").contains("containerd.io/gc.root");
    snapshots("prepare", "two", "base");
    assertThat(snapshots("mounts", "/mnt", "two"))
        .contains("mount -t overlay")
        .contains("lowerdir=");
    snapshots("view", "three", "base");
    assertThat(snapshots("ls")).contains("base").contains("two").contains("View");
    assertThat(snapshots("usage", "base")).contains("base").contains("KiB");
    assertThat(snapshots("tree")).contains("base").contains("\\_ two");
    for (String each : List.of("three", "two", "base")) {
      snapshots("rm", each);
    }
    assertThat(snapshots("ls")).doesNotContain("base");
  }

  private static String snapshots(String... args) {
    List<String> command = new ArrayList<>(List.of("snapshots", "--snapshotter", "sluice"));
    command.addAll(List.of(args));
    return containerd.ctr(command.toArray(String[]::new));
  }
}
