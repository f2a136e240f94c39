package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of all snapshots. A transaction is on the disk before anybody sees it; reads wait
 * for nothing.
 */
final class MetadataStore implements AutoCloseable {
  /*
   * All of it is in memory: a few thousand snapshots of a few hundred bytes. The disk holds a
   * journal, whose first line says what it is and how many of the lines after it form the state
   * that was written with it; each later line is a transaction. When transactions outweigh the
   * state, the file is written anew beside the old one and takes its place by a rename.
   */
  static final String FILE = "snapshots.journal";

  private static final Logger LOG = LoggerFactory.getLogger(MetadataStore.class);
  private static final String FORMAT = "sluice-snapshots";
  private static final int VERSION = 1;
  private static final long LEAST_REWRITE_BYTES = 1 << 20;
  private static final int MAX_HEADER_BYTES = 4096;

  private final Journal journal;
  private final FileChannel lock;
  private volatile Records records;

  /**
   * What the state took when it was written, or would have taken when it was first asked for; 0
   * before that, as counting costs as much time as reading and a start has none.
   */
  private long stateBytes;

  private long nextId;

  private MetadataStore(Journal journal, FileChannel lock, Records records, long leastId) {
    this.journal = journal;
    this.lock = lock;
    this.records = records;
    this.nextId = Math.max(leastId, records.next);
  }

  /**
   * Opens the store in a directory.
   *
   * @param highestId highest number of a snapshot's directory there, 0 if there is none; it is not
   *     given again, since what lies there may be about to be deleted
   * @throws SluiceException if it is in use, damaged, of another version, or missing while there
   *     are snapshots
   */
  static MetadataStore open(Path directory, long highestId) {
    Path path = directory.resolve(FILE);
    try {
      FileChannel lock = lock(directory);
      try {
        if (Files.exists(path)) {
          List<byte[]> lines = new ArrayList<>();
          Journal journal = Journal.open(path, lines);
          return new MetadataStore(journal, lock, parse(path, lines), highestId + 1);
        }
        if (highestId > 0) {
          throw new SluiceException(
              FailureKind.CORRUPT,
              "the list of snapshots " + path + " is missing, but there are snapshots",
              "put a copy back if there is one; else stop containerd, remove the images and"
                  + " containers that use this snapshotter and the directory "
                  + directory
                  + ", and pull again",
              null);
        }
        Journal journal = Journal.create(path, lines(State.EMPTY));
        return new MetadataStore(journal, lock, State.EMPTY, 1);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "open the list of snapshots " + path + ": " + SluiceException.describe(e),
          "check that the directory can be written by this user and the disk has space",
          e);
    }
  }

  /** False after a write failed in a way that leaves open what the disk holds. */
  boolean isUsable() {
    return journal.isUsable();
  }

  /** The state now. */
  Records records() {
    return records;
  }

  /**
   * Runs a transaction, alone. Nothing has changed if it throws.
   *
   * @return what it returns, when its changes are on the disk
   */
  synchronized <T> T change(Function<Draft, T> transaction) {
    Draft draft = new Draft(records, () -> nextId++);
    T result = transaction.apply(draft);
    if (!draft.changesNothing()) {
      journal.append(draft.change().toJson());
      records = new State(draft.snapshots, draft.next);
      if (journal.length() > LEAST_REWRITE_BYTES && journal.length() > 4 * stateBytes()) {
        rewrite();
      }
    }
    return result;
  }

  @Override
  public synchronized void close() {
    try {
      journal.close();
      lock.close();
    } catch (IOException e) {
      LOG.warn("close the list of snapshots", e);
    }
  }

  private long stateBytes() {
    if (stateBytes == 0) {
      stateBytes = lines(records).stream().mapToLong(line -> line.length).sum();
    }
    return stateBytes;
  }

  private void rewrite() {
    try {
      journal.rewrite(lines(records));
      stateBytes = journal.length();
    } catch (IOException e) {
      LOG.warn("write the list of snapshots anew; the old one goes on to grow", e);
      stateBytes = journal.length();
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("snapshots.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    FileLock lock = tryLock(channel);
    if (lock == null) {
      channel.close();
      throw new SluiceException(
          FailureKind.FAILED_PRECONDITION,
          "the snapshots in " + directory + " are in use by another process",
          "stop it, or give this one another directory",
          null);
    }
    return channel;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static List<byte[]> lines(Records records) {
    List<byte[]> lines = new ArrayList<>();
    lines.add(
        new JsonWriter()
            .beginObject()
            .name("format")
            .value(FORMAT)
            .name("version")
            .value(VERSION)
            .name("lines")
            .value(records.all().size())
            .name("next")
            .value(records.next)
            .endObject()
            .toBytes());
    for (Snapshot snapshot : records.all()) {
      lines.add(new Change(records.next, List.of(), List.of(snapshot)).toJson());
    }
    return lines;
  }

  private static Records parse(Path path, List<byte[]> lines) {
    if (lines.isEmpty()) {
      throw Journal.damaged(path, "it is empty");
    }
    JsonObject header = JsonObject.parse(path + ", line 1", lines.getFirst(), MAX_HEADER_BYTES);
    if (!header.string("format").equals(FORMAT)) {
      throw Journal.damaged(path, "its first line does not say that it is one");
    }
    if (header.integer("version") != VERSION) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "the list of snapshots %s is of version %d and this Sluice knows version %d"
              .formatted(path, header.integer("version"), VERSION),
          "use the Sluice that wrote it",
          null);
    }
    if (lines.size() - 1 < header.integer("lines")) {
      throw Journal.damaged(
          path, "it has %d lines of %d".formatted(lines.size(), header.integer("lines") + 1));
    }
    Records records = new State(new TreeMap<>(), header.integer("next"));
    for (int i = 1; i < lines.size(); i++) {
      Change change = Change.parse(path + ", line " + (i + 1), lines.get(i));
      change.gone().forEach(records.snapshots::remove);
      change.put().forEach(snapshot -> records.snapshots.put(snapshot.name(), snapshot));
      records.next = change.next();
    }
    check(path, records);
    return records;
  }

  private static void check(Path path, Records records) {
    Set<String> ended = new HashSet<>();
    for (Snapshot snapshot : records.all()) {
      if (snapshot.id() <= 0 || snapshot.id() >= records.next) {
        throw Journal.damaged(path, "id " + snapshot.id() + " was never given");
      }
      if (snapshot.hasParent() && records.find(snapshot.parent()) == null) {
        throw Journal.damaged(
            path, "parent " + snapshot.parent() + " of " + snapshot.name() + " is missing");
      }
    }
    for (Snapshot snapshot : records.all()) {
      checkEnds(path, records, snapshot, ended);
    }
  }

  /**
   * @param ended names of which it is known that their ancestors end
   */
  private static void checkEnds(Path path, Records records, Snapshot from, Set<String> ended) {
    Set<String> way = new LinkedHashSet<>();
    for (Snapshot at = from; !ended.contains(at.name()); at = records.get(at.parent())) {
      if (!way.add(at.name())) {
        throw Journal.damaged(path, at.name() + " is its own ancestor");
      }
      if (!at.hasParent()) {
        break;
      }
    }
    ended.addAll(way);
  }
}
