package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.Snapshot.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of snapshots: all of it, or an error. */
final class MetadataStoreTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve(MetadataStore.FILE);
  }

  private MetadataStore open() {
    return MetadataStore.open(directory, 0);
  }

  private static Snapshot snapshot(long id, String name, int labelBytes) {
    Instant now = Instant.now();
    return new Snapshot(
        id,
        name,
        "",
        SnapshotKind.COMMITTED,
        Map.of("label \"ü\n", "v".repeat(labelBytes)),
        now,
        now,
        new Usage(id * 10, id),
        id % 2 == 0 ? new Origin("target-" + id, id % 4 == 0 ? "lazy " + id : null) : null);
  }

  private void fill(MetadataStore store, int from, int to, int labelBytes) {
    for (int i = from; i < to; i++) {
      String name = "snapshot-" + i;
      store.change(draft -> {
        draft.put(snapshot(draft.newId(), name, labelBytes));
        return name;
      });
    }
  }

  private SluiceException refused() {
    return refused(0);
  }

  private SluiceException refused(long highestId) {
    var refusal = new SluiceException[1];
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(() -> MetadataStore.open(directory, highestId).close())
        .satisfies(e -> refusal[0] = e);
    return refusal[0];
  }

  @Test
  void allIsThereAfterReopening() {
    Map<String, Snapshot> before;
    long next;
    try (MetadataStore store = open()) {
      fill(store, 0, 50, 10);
      store.change(draft -> {
        draft.remove("snapshot-7");
        draft.put(draft.get("snapshot-8").withLabels(Map.of(), Instant.now()));
        return 0;
      });
      before = new TreeMap<>(store.records().snapshots);
      next = store.records().next;
      assertThat(before).hasSize(49);
    }
    try (MetadataStore store = open()) {
      assertThat(store.records().snapshots).isEqualTo(before);
      assertThat(store.records().next).isEqualTo(next);
    }
  }

  @Test
  void aTransactionThatFailsChangesNothingButTheNumbers() {
    try (MetadataStore store = open()) {
      fill(store, 0, 1, 10);
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() ->
              store.change(draft -> {
                draft.remove("snapshot-0");
                assertThat(draft.newId()).isEqualTo(2);
                throw new IllegalStateException();
              }));
      assertThat(store.records().find("snapshot-0")).isNotNull();
      assertThat((long) store.change(Draft::newId)).isEqualTo(3);
    }
    try (MetadataStore store = open()) {
      assertThat((long) store.change(Draft::newId)).isEqualTo(4);
    }
    try (MetadataStore store = MetadataStore.open(directory, 90)) {
      assertThat((long) store.change(Draft::newId)).isEqualTo(91);
    }
  }

  @Test
  void theFileIsWrittenAnewWhenItHasGrown() throws IOException {
    Map<String, Snapshot> before;
    long largest;
    try (MetadataStore store = open()) {
      fill(store, 0, 3, 10);
      largest = grow(store);
      before = new TreeMap<>(store.records().snapshots);
    }
    assertThat(largest).isBetween(1_000_000L, 1L << 20);
    try (MetadataStore store = open()) {
      assertThat(store.records().snapshots).isEqualTo(before);
      // What was there at the start counts.
      assertThat(grow(store)).isBetween(1_000_000L, 1L << 20);
      assertThat((long) store.change(Draft::newId)).isEqualTo(4);
    }
  }

  /** Makes many changes; how large the file was at most. */
  private long grow(MetadataStore store) throws IOException {
    long largest = 0;
    for (int i = 0; i < 400; i++) {
      Map<String, String> labels = Map.of("n", i + "x".repeat(4000));
      store.change(draft -> {
        draft.put(draft.get("snapshot-1").withLabels(labels, Instant.now()));
        return 0;
      });
      largest = Math.max(largest, Files.size(file()));
    }
    return largest;
  }

  /** When the power goes, sectors of the last write may be missing, in any order. */
  @Test
  void sectorsThatAreMissingInTheLastLineWereNeverAcknowledged() throws IOException {
    try (MetadataStore store = open()) {
      fill(store, 0, 2, 10);
      fill(store, 2, 3, 4000);
    }
    byte[] good = Files.readAllBytes(file());
    int last = (good.length - 2) / 512;
    for (int sector : List.of(last - 1, last - 3, last - 5)) {
      byte[] torn = good.clone();
      Arrays.fill(torn, sector * 512, (sector + 1) * 512, (byte) 0);
      Files.write(file(), torn);
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots).containsOnlyKeys("snapshot-0", "snapshot-1");
      }
      // A NUL or some are none.
      Arrays.fill(torn, sector * 512, (sector + 1) * 512 - 1, (byte) 0);
      torn[(sector + 1) * 512 - 1] = good[(sector + 1) * 512 - 1];
      Files.write(file(), torn);
      assertThat(refused().getMessage()).contains("damaged");
    }
  }

  @Test
  void aCutLastLineWasNeverAcknowledged() throws IOException {
    try (MetadataStore store = open()) {
      fill(store, 0, 3, 10);
    }
    byte[] good = Files.readAllBytes(file());
    int lastLine =
        new String(good, StandardCharsets.ISO_8859_1).lastIndexOf('\n', good.length - 2) + 1;
    for (int end : List.of(lastLine + 1, lastLine + 30, good.length - 1)) {
      Files.write(file(), Arrays.copyOf(good, end));
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots).containsOnlyKeys("snapshot-0", "snapshot-1");
        fill(store, 5, 6, 10);
      }
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots)
            .containsOnlyKeys("snapshot-0", "snapshot-1", "snapshot-5");
      }
    }
    Files.write(file(), good);
    Files.write(file(), new byte[5000], StandardOpenOption.APPEND);
    try (MetadataStore store = open()) {
      assertThat(store.records().snapshots).hasSize(3);
    }
  }

  /** As after a crash in the midst of any write: what was acknowledged before it is all there. */
  @Test
  void cutAtEveryByte_allWholeLinesAreThere_andItGoesOn() throws IOException {
    List<Long> ends = new ArrayList<>();
    try (MetadataStore store = open()) {
      for (int i = 0; i < 4; i++) {
        ends.add(Files.size(file()));
        fill(store, i, i + 1, 10);
      }
    }
    byte[] good = Files.readAllBytes(file());
    for (int end = Math.toIntExact(ends.getFirst()); end < good.length; end++) {
      int cut = end;
      int whole = (int) ends.stream().filter(each -> each <= cut).count() - 1;
      Files.write(file(), Arrays.copyOf(good, end));
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots).as("cut at %d", end).hasSize(whole);
        fill(store, 9, 10, 10);
      }
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots).as("cut at %d", end).hasSize(whole + 1);
      }
    }
  }

  /** Whatever single byte changes, either all is there or the store does not open. */
  @Test
  void aChangedByteIsNoticed() throws IOException {
    try (MetadataStore store = open()) {
      fill(store, 0, 12, 40);
    }
    Map<String, Snapshot> before;
    try (MetadataStore store = open()) {
      before = new TreeMap<>(store.records().snapshots);
    }
    byte[] good = Files.readAllBytes(file());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] bad = good.clone();
      // The last byte is a line feed, without which the last line counts as never acknowledged.
      int at = random.nextInt(bad.length - 1);
      bad[at] ^= (byte) (1 << random.nextInt(7));
      Files.write(file(), bad);
      try (MetadataStore store = open()) {
        assertThat(store.records().snapshots).as("seed %d, byte %d", seed, at).isEqualTo(before);
      } catch (SluiceException e) {
        assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(e.advice()).contains("pull again");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(390);
  }

  @Test
  void missingLinesOfTheStateAreNoticed() throws IOException {
    try (MetadataStore store = open()) {
      fill(store, 0, 3, 10);
      grow(store);
    }
    byte[] all = Files.readAllBytes(file());
    int lines = (int) new String(all, StandardCharsets.ISO_8859_1).lines().count();
    for (int kept = 1; kept <= 3; kept++) {
      Files.write(file(), Arrays.copyOf(all, endOfLine(all, kept)));
      assertThat(refused().getMessage()).contains("damaged").contains("lines of");
    }
    assertThat(lines).isGreaterThan(4);
    Files.write(file(), Arrays.copyOf(all, endOfLine(all, 4)));
    open().close();
  }

  private static int endOfLine(byte[] all, int line) {
    int at = -1;
    for (int i = 0; i < line; i++) {
      do {
        at++;
      } while (all[at] != '\n');
    }
    return at + 1;
  }

  @Test
  void whatIsNoStoreIsRefused() throws IOException {
    for (String text : List.of("", "\n", "hello\n", "00000000 {}\n")) {
      Files.writeString(file(), text);
      assertThat(refused().kind()).as(text).isEqualTo(FailureKind.CORRUPT);
    }
  }

  @Test
  void anotherVersionIsRefused() throws IOException {
    String header = "{\"format\":\"sluice-snapshots\",\"version\":2,\"lines\":0,\"next\":1}";
    Journal.create(file(), List.of(header.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .close();
    SluiceException refusal = refused();
    assertThat(refusal.kind()).isEqualTo(FailureKind.UNSUPPORTED);
    assertThat(refusal.getMessage()).contains("version 2").contains("version 1");
  }

  @Test
  void aMissingStoreWithSnapshotsIsRefused() {
    SluiceException refusal = refused(3);
    assertThat(refusal.kind()).isEqualTo(FailureKind.CORRUPT);
    assertThat(refusal.getMessage()).contains("missing");
    assertThat(file()).doesNotExist();
  }

  @Test
  void twoCanNotUseIt() {
    try (MetadataStore store = open()) {
      assertThat(refused().kind()).isEqualTo(FailureKind.FAILED_PRECONDITION);
      fill(store, 0, 1, 1);
    }
    open().close();
  }

  @Test
  void afterAFailedWriteItRefusesAndOpensAgain() {
    MetadataStore store = open();
    fill(store, 0, 2, 1);
    store.close();
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(() -> fill(store, 2, 3, 1))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.LOCAL_IO));
    assertThat(store.isUsable()).isFalse();
    assertThat(store.records().snapshots).hasSize(2);
    try (MetadataStore again = open()) {
      assertThat(again.records().snapshots).hasSize(2);
    }
  }
}
