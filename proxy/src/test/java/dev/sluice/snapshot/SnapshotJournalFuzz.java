package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The list of snapshots: lines that each get the right checksum, since damage behind a wrong one is
 * never read. What is taken can be walked, and is the same when it is opened again.
 */
public final class SnapshotJournalFuzz implements FuzzTarget {
  private final Path directory = temporary();

  private static Path temporary() {
    try {
      Path memory = Path.of("/dev/shm");
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "sluice-fuzz")
          : Files.createTempDirectory("sluice-fuzz");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() {
    String snapshot =
        """
        {"next":9,"gone":["x"],"put":[{"id":%d,"name":"%s","parent":"%s","kind":"%s",\
        "created":"2026-01-01T00:00:00Z","updated":"2026-01-01T00:00:01.5Z","bytes":1,"inodes":2,\
        "target":"t","lazy":"r","labels":{"a":"b"}}]}
        """;
    String header = "{\"format\":\"sluice-snapshots\",\"version\":1,\"lines\":2,\"next\":9}\n";
    return FuzzTarget.texts(
        header
            + snapshot.formatted(1, "a", "", "committed")
            + snapshot.formatted(2, "b", "a", "active")
            + "{\"next\":10,\"gone\":[\"b\"],\"put\":[]}\n");
  }

  @Override
  public void run(byte[] input) throws IOException {
    Path file = directory.resolve(MetadataStore.FILE);
    try {
      List<byte[]> lines = new ArrayList<>();
      for (String line : new String(input, StandardCharsets.ISO_8859_1).split("\n", -1)) {
        if (!line.isEmpty()) {
          lines.add(line.getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      Journal.create(file, lines).close();
      List<Snapshot> all = walked();
      assertThat(walked()).isEqualTo(all);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(directory.resolve("snapshots.lock"));
    }
  }

  private List<Snapshot> walked() {
    try (MetadataStore store = MetadataStore.open(directory, 0)) {
      Records records = store.records();
      List<Snapshot> all = List.copyOf(records.all());
      for (Snapshot snapshot : all) {
        assertThat(records.chain(snapshot)).hasSizeLessThanOrEqualTo(all.size());
      }
      return all;
    }
  }
}
