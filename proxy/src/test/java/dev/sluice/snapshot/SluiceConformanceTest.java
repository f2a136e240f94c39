package dev.sluice.snapshot;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Our snapshotter at its socket. */
final class SluiceConformanceTest extends SnapshotterConformance {
  @TempDir static Path directory;
  private static SluiceSocket sluice;

  @BeforeAll
  static void start() {
    sluice = new SluiceSocket(directory, LayerSource.NONE);
  }

  @AfterAll
  static void stop() {
    sluice.close();
  }

  @Override
  void cleanUp() {
    client.cleanup();
  }

  @Override
  SnapshotsClient connect() {
    return new SnapshotsClient(sluice.socket(), "sluice", "conformance");
  }
}
