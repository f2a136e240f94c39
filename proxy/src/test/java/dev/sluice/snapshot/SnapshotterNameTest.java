package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SnapshotterNameTest {
  @TempDir private Path directory;
  private final AtomicBoolean empty = new AtomicBoolean(true);

  private SnapshotterName open() {
    return new SnapshotterName(directory.resolve("name"), empty::get);
  }

  @Test
  void aSecondNameIsRefusedOnceThereAreSnapshots_alsoAfterARestart() {
    SnapshotterName name = open();
    name.check("sluice");
    name.check("soci");
    empty.set(false);
    for (SnapshotterName each : new SnapshotterName[] {name, open()}) {
      each.check("soci");
      each.check("");
      assertThatThrownBy(() -> each.check("sluice"))
          .isInstanceOfSatisfying(
              SluiceException.class,
              e -> assertThat(e.kind()).isEqualTo(FailureKind.FAILED_PRECONDITION))
          .hasMessageContaining("'sluice'")
          .hasMessageContaining("'soci'");
    }
    empty.set(true);
    open().check("sluice");
    assertThat(directory.resolve("name")).hasContent("sluice");
  }

  /** Of a service before names were kept: whoever calls first is who has called so far. */
  @Test
  void aServiceWithSnapshotsAndNoNameTakesTheFirst() {
    empty.set(false);
    SnapshotterName name = open();
    name.check("sluice");
    assertThatThrownBy(() -> name.check("soci")).hasMessageContaining("'soci'");
  }
}
