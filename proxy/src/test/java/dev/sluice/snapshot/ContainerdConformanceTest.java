package dev.sluice.snapshot;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
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
}
