package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * The one place that knows where the files of a cache are. One process at a time owns a directory.
 */
final class CacheDirectory implements AutoCloseable {
  private static final String TAR = ".tar";
  private static final String JOURNAL = ".journal";
  private static final String DRAFT = ".journal-draft";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final Path layers;
  private final Path staging;
  private final Path pinned;
  private final SparseFile lock;
  private final AtomicLong staged = new AtomicLong();

  private CacheDirectory(Path root, Path layers, Path staging, SparseFile lock) {
    this.root = root;
    this.layers = layers;
    this.staging = staging;
    this.pinned = root.resolve("pinned");
    this.lock = lock;
  }

  /**
   * @throws IOException if the directory can't be written, its file system can't punch holes, or
   *     another cache has it open
   */
  static CacheDirectory open(Path root, SparseFiles files) throws IOException {
    Path layers = root.resolve("layers");
    Path staging = root.resolve("staging");
    SparseFile lock;
    try {
      createPrivate(root);
      createPrivate(layers);
      createPrivate(staging);
      Path path = root.resolve("lock");
      lock = Files.exists(path) ? files.open(path) : files.create(path);
    } catch (IOException e) {
      throw new IOException(
          "open cache directory %s: can't write there: %s; make it writable or configure another"
              .formatted(root, e),
          e);
    }
    try {
      if (!lock.tryLock()) {
        throw new IOException(
            "open cache directory %s: another process uses it (%s); stop that one or configure another directory"
                .formatted(root, Files.readString(root.resolve("lock")).strip()));
      }
      probe(lock, root);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return new CacheDirectory(root, layers, staging, lock);
  }

  private static void createPrivate(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      if (!Files.isWritable(directory)) {
        throw new AccessDeniedException(directory.toString());
      }
    } else {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
  }

  /** Writes who owns the directory, and tries a hole beside it. */
  private static void probe(SparseFile lock, Path root) throws IOException {
    byte[] owner =
        "pid %d%n".formatted(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
    try {
      lock.resize(0);
      lock.write(0, owner);
      lock.punch(1 << 16, 1 << 16);
    } catch (IOException e) {
      throw new IOException(
          "open cache directory %s: its file system can't write or punch holes: %s; use one that can (ext4, xfs, btrfs, tmpfs)"
              .formatted(root, e.getMessage()),
          e);
    }
  }

  Path root() {
    return root;
  }

  /** The decompressed tar of a layer. */
  Path tar(LayerKey key) {
    return layers.resolve(key.name() + TAR);
  }

  /** What is present of it. */
  Path journal(LayerKey key) {
    return layers.resolve(key.name() + JOURNAL);
  }

  /** Becomes the journal by a rename. */
  Path journalDraft(LayerKey key) {
    return layers.resolve(key.name() + DRAFT);
  }

  /** A file that nobody else has; becomes a tar by a rename. */
  Path newStaging() {
    return staging.resolve(staged.incrementAndGet() + TAR);
  }

  /** The layers that are never evicted; one that is not there any more does no harm. */
  Set<LayerKey> readPinned() throws IOException {
    if (!Files.exists(pinned)) {
      return Set.of();
    }
    return Files.readAllLines(pinned, StandardCharsets.US_ASCII).stream()
        .filter(LayerKey::isSafe)
        .map(LayerKey::new)
        .collect(Collectors.toSet());
  }

  /** Writes which layers are never evicted, whole or not at all. */
  void writePinned(Set<LayerKey> keys) throws IOException {
    Path draft = root.resolve("pinned-draft");
    Files.write(draft, keys.stream().map(LayerKey::name).sorted().toList());
    try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(draft, pinned, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes a layer; the journal first, so that what is left is garbage at any time. */
  void delete(LayerKey key) throws IOException {
    Files.deleteIfExists(journal(key));
    Files.deleteIfExists(tar(key));
  }

  /** Deletes what a crash has left; returns the layers that have both files. */
  List<LayerKey> sweep() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(staging, "*" + TAR)) {
      for (Path entry : entries) {
        Files.delete(entry);
      }
    }
    List<LayerKey> whole = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(layers)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.endsWith(DRAFT)) {
          Files.deleteIfExists(entry);
        } else if (name.endsWith(JOURNAL)) {
          if (!Files.exists(sibling(entry, JOURNAL, TAR))) {
            Files.deleteIfExists(entry);
          }
        } else if (name.endsWith(TAR)) {
          String key = name.substring(0, name.length() - TAR.length());
          if (!LayerKey.isSafe(key)) {
            continue; // not ours
          }
          if (Files.exists(sibling(entry, TAR, JOURNAL))) {
            whole.add(new LayerKey(key));
          } else {
            Files.deleteIfExists(entry);
          }
        }
      }
    }
    return whole;
  }

  private static Path sibling(Path entry, String suffix, String other) {
    String name = entry.getFileName().toString();
    return entry.resolveSibling(name.substring(0, name.length() - suffix.length()) + other);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
