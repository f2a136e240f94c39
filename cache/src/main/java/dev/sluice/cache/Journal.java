package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file that names the chunks of one layer file. Written by one thread at a time. */
final class Journal implements AutoCloseable {
  /** Beyond this a journal is taken for damaged; ours stay below 25 bytes a chunk. */
  private static final long LONGEST_BYTES = 512L << 20;

  /** Records that may be out of date before a journal is written anew. */
  private static final int SLACK_RECORDS = 1024;

  private final SparseFiles files;
  private final Path path;
  private final Path draft;
  private final JournalFormat.Header header;
  private final int seed;
  private SparseFile file;
  private long end;
  private int records;

  private Journal(
      SparseFiles files,
      Path path,
      Path draft,
      JournalFormat.Header header,
      int seed,
      SparseFile file,
      long end,
      int records) {
    this.files = files;
    this.path = path;
    this.draft = draft;
    this.header = header;
    this.seed = seed;
    this.file = file;
    this.end = end;
    this.records = records;
  }

  /** Reads the journal at {@code path}; null if there is none or its header is not whole. */
  static JournalFormat.@Nullable Contents read(Path path) throws IOException {
    if (!Files.exists(path) || Files.size(path) > LONGEST_BYTES) {
      return null;
    }
    return JournalFormat.parse(Files.readAllBytes(path));
  }

  /** Writes a journal of {@code entries}, whole or not at all, and opens it. */
  static Journal create(
      SparseFiles files,
      Path path,
      Path draft,
      JournalFormat.Header header,
      List<JournalFormat.Entry> entries,
      Durability durability)
      throws IOException {
    byte[] head = JournalFormat.header(header);
    int seed = JournalFormat.seed(head);
    byte[] tail = JournalFormat.records(entries, seed);
    Files.deleteIfExists(draft);
    SparseFile file = files.create(draft);
    try {
      file.write(0, head);
      file.write(head.length, tail);
      if (durability == Durability.SYNCED) {
        file.sync();
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      close(file, e);
      throw e;
    }
    return new Journal(
        files, path, draft, header, seed, file, (long) head.length + tail.length, entries.size());
  }

  /** Opens the journal that {@link #read} has found undamaged, to append to it. */
  static Journal open(SparseFiles files, Path path, Path draft, JournalFormat.Contents contents)
      throws IOException {
    long end = contents.headerBytes() + (long) contents.records() * JournalFormat.RECORD_BYTES;
    return new Journal(
        files,
        path,
        draft,
        contents.header(),
        contents.seed(),
        files.open(path),
        end,
        contents.records());
  }

  /** Appends all entries; after a failure none of them counts. */
  void append(List<JournalFormat.Entry> entries) throws IOException {
    byte[] bytes = JournalFormat.records(entries, seed);
    try {
      file.write(end, bytes);
    } catch (IOException e) {
      try {
        file.resize(end);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    end += bytes.length;
    records += entries.size();
  }

  /** Whether most records are out of date. */
  boolean wantsCompaction(int present) {
    return records > 2 * present + SLACK_RECORDS;
  }

  /** Writes the journal anew with nothing but {@code entries}; after a failure it is as before. */
  void compact(List<JournalFormat.Entry> entries, Durability durability) throws IOException {
    Journal fresh = create(files, path, draft, header, entries, durability);
    SparseFile old = file;
    file = fresh.file;
    end = fresh.end;
    records = fresh.records;
    old.close();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static void close(SparseFile file, IOException cause) {
    try {
      file.close();
    } catch (IOException again) {
      cause.addSuppressed(again);
    }
  }
}
