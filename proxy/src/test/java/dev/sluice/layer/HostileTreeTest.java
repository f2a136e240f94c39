package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.TocEntry;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trees of few bytes of tar that would take all memory or go on for hours: refused soon. */
@Timeout(60)
final class HostileTreeTest {
  private final Entries entries = new Entries();
  private final LayerTreeBuilder builder = new LayerTreeBuilder();

  private static void refused(ThrowingCallable building) {
    assertThatThrownBy(building)
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT));
  }

  @Test
  void namesOfImpliedParentsAndWhiteoutsAreBounded() {
    String longest = "n".repeat(255);
    builder.add(entries.file(longest + "/" + longest, 0644, 1));
    refused(() -> builder.add(entries.file(longest + "n/x", 0644, 1)));
    refused(() -> builder.add(entries.file(".wh." + longest, 0644, 0)));
  }

  @Test
  void pathsThatMakeTheirParentsEndSoon() {
    // Each of these entries makes 1900 directories.
    String path = "/x".repeat(1900);
    refused(() -> {
      for (int i = 0; i < 20_000; i++) {
        builder.add(entries.file(i + path, 0644, 0));
      }
    });
  }

  @Test
  void linksThatLeadThroughEachOtherEndSoon() {
    // A link that goes down and up 600 times and ends where it began, in a path of 250 of them.
    builder.add(entries.dir("x", 0755));
    builder.add(entries.symlink("l", "x/../".repeat(600) + "."));
    // Every other one is shorter, as the directory of the last entry is remembered.
    String path = "l/".repeat(250);
    refused(() -> {
      for (int i = 0; i < 10_000; i++) {
        builder.add(entries.file(path.substring(i % 2 * 2) + i, 0644, 0));
      }
    });
  }

  @Test
  void depthIsBoundedAlsoThroughLinks() {
    String down = "d/".repeat(1500);
    builder.add(entries.dir(down, 0755));
    builder.add(entries.symlink("deep", down));
    refused(() -> builder.add(entries.file("deep/" + down + "x", 0644, 1)));
  }

  @Test
  void aFileBehindManyLinksIsTaken() {
    builder.add(entries.dir("x", 0755));
    builder.add(entries.symlink("l", "x/.."));
    TocEntry file = entries.file("l/".repeat(200) + "f", 0644, 1);
    builder.add(file);
    assertThat(builder.build().find("f")).isNotEqualTo(LayerTree.ABSENT);
  }
}
