package dev.sluice.face;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The EROFS images of layers' names on disk: a file per layer, whose name has the layer's number,
 * the version of what wrote it and the digest of its bytes. Blocks on the disk.
 */
final class NameImages {
  private static final Logger LOG = LoggerFactory.getLogger(NameImages.class);

  /** To be raised when the same tree gives other bytes than before. */
  private static final int VERSION = 1;

  /** A layer with a million files takes 150 MB. */
  private static final long MOST_BYTES = 2L << 30;

  private final Path directory;
  private final FaceCounters counters;
  private final Map<Long, Path> kept = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Finds what an earlier process has left. */
  NameImages(Path directory, FaceCounters counters) throws IOException {
    this.directory = directory;
    this.counters = counters;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Long layer = layerOf(file);
        if (Files.isDirectory(file)) {
          continue; // of the probe
        }
        if (layer == null || kept.putIfAbsent(layer, file) != null) {
          Files.deleteIfExists(file);
        } else {
          bytes.addAndGet(Files.size(file));
        }
      }
    }
  }

  private static @Nullable Long layerOf(Path file) {
    String[] parts = file.getFileName().toString().split("-", -1);
    boolean ours =
        parts.length == 3
            && parts[0].matches("\\d{1,9}")
            && parts[1].equals("v" + VERSION)
            && parts[2].matches("[0-9a-f]{64}");
    return ours ? Long.valueOf(parts[0]) : null;
  }

  /**
   * The image of a layer: the one that is kept, if it is whole, else a new one.
   *
   * @throws SluiceException if the format can't hold the tree, or there are too many images
   */
  Path of(long layer, Supplier<ErofsImage> image) throws IOException {
    Path found = kept.get(layer);
    if (found != null) {
      if (isWhole(found)) {
        return found;
      }
      LOG.warn("the image of names {} is damaged; it is written anew", found);
      counters.damagedImages.increment();
      forget(layer);
    }
    Path written = write(layer, image.get());
    kept.put(layer, written);
    return written;
  }

  private static boolean isWhole(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return file.getFileName().toString().endsWith(HexFormat.of().formatHex(digest.digest()));
  }

  private Path write(long layer, ErofsImage image) throws IOException {
    if (bytes.addAndGet(image.length()) > MOST_BYTES) {
      bytes.addAndGet(-image.length());
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "write the names of layer %d: images of names take %d bytes already"
              .formatted(layer, bytes.get()));
    }
    Path draft = directory.resolve("draft-" + layer);
    boolean written = false;
    try {
      MessageDigest digest = sha256();
      try (FileChannel file =
          FileChannel.open(
              draft,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        image.writeTo(new Digested(file, digest));
      }
      Path named =
          directory.resolve(
              "%d-v%d-%s".formatted(layer, VERSION, HexFormat.of().formatHex(digest.digest())));
      Files.move(draft, named, StandardCopyOption.ATOMIC_MOVE);
      counters.images.increment();
      written = true;
      return named;
    } finally {
      if (!written) {
        bytes.addAndGet(-image.length());
        Files.deleteIfExists(draft);
      }
    }
  }

  /** Deletes a layer's image; who has it mounted keeps it. */
  void forget(long layer) throws IOException {
    Path file = kept.remove(layer);
    if (file != null) {
      bytes.addAndGet(-Files.size(file));
      Files.delete(file);
    }
  }

  /** Deletes the images of all other layers. */
  void keepOnly(Set<Long> layers) throws IOException {
    for (Long layer : Set.copyOf(kept.keySet())) {
      if (!layers.contains(layer)) {
        forget(layer);
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Digests what passes. */
  private record Digested(WritableByteChannel channel, MessageDigest digest)
      implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      ByteBuffer passed = bytes.duplicate();
      int count = channel.write(bytes);
      digest.update(passed.limit(bytes.position()));
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
