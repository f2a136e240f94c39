package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.TarParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Turns the bytes of one layer into files: one thread decompresses, another one unpacks. */
final class LayerUnpack {
  /** How often room on disk is looked at. */
  private static final long CHECK_BYTES = 32L << 20;

  private final PullLayer layer;
  private final BlobDownload download;
  private final Path root;
  private final PullOptions options;
  private final ProcessIdentity identity;
  private final LongConsumer unpacked;
  private final TarPipe pipe = new TarPipe();
  private long tarBytes;

  /**
   * @param root where the files go; an empty directory
   * @param unpacked told of bytes of the tar
   */
  LayerUnpack(
      PullLayer layer,
      BlobDownload download,
      Path root,
      PullOptions options,
      ProcessIdentity identity,
      LongConsumer unpacked) {
    this.layer = layer;
    this.download = download;
    this.root = root;
    this.options = options;
    this.identity = identity;
    this.unpacked = unpacked;
  }

  /**
   * Does it, with one more thread of {@code threads}.
   *
   * @throws SluiceException if the layer can't be had, is not what its digests say, or can't be
   *     unpacked; files may be left
   */
  UnpackedTree run(Executor threads) {
    CompletableFuture<DirectoryLog.@Nullable Kept> files =
        CompletableFuture.supplyAsync(this::unpack, threads);
    RuntimeException failure = null;
    try {
      decompress();
      pipe.end();
    } catch (RuntimeException e) {
      failure = e;
      pipe.breakOff();
    }
    DirectoryLog.Kept kept = null;
    try {
      kept = files.join();
    } catch (CompletionException e) {
      failure = prefer(failure, e.getCause());
    }
    if (failure != null || kept == null) {
      throw failure == null
          ? new SluiceException(FailureKind.INTERNAL, "unpack: no end came")
          : failure;
    }
    return new UnpackedTree(root, kept, identity);
  }

  /** The unpacking thread knows the cause where the other one only saw the pipe break. */
  private static RuntimeException prefer(
      @Nullable RuntimeException first, @Nullable Throwable second) {
    if (first != null) {
      return first;
    }
    return second instanceof RuntimeException e ? e : new IllegalStateException(second);
  }

  private void decompress() {
    try (VerifiedBlob blob = new VerifiedBlob(download, layer.blob())) {
      Decompression.of(download.head(Decompression.HEAD_BYTES)).run(blob, this::tar);
      blob.verify();
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "decompress layer %s: %s".formatted(layer.blob().digest(), e.getMessage()),
          e);
    }
  }

  private void tar(byte[] buffer, int from, int to) {
    tarBytes += to - from;
    if (tarBytes > options.layerBytes()) {
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "unpack layer %s: it has more than the %d bytes that a layer may have"
              .formatted(layer.blob().digest(), options.layerBytes()),
          "Raise the limit on the size of a layer if you trust the image.",
          null);
    }
    pipe.write(buffer, from, to);
  }

  private DirectoryLog.@Nullable Kept unpack() {
    MessageDigest digester = layer.diffId().digester();
    boolean drained = false;
    try (Unpacker unpacker = new Unpacker(root, identity)) {
      TarParser parser = new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.IGNORE, unpacker);
      Room room = new Room();
      boolean whole =
          pipe.drainTo((buffer, from, to) -> {
            digester.update(buffer, from, to - from);
            room.take(to - from);
            parser.accept(buffer, from, to);
            unpacked.accept(to - from);
          });
      drained = true;
      RuntimeException refused = pipe.refused();
      if (refused != null) {
        throw refused;
      }
      if (!whole) {
        return null;
      }
      parser.end();
      compare(digester);
      return unpacker.finish();
    } finally {
      if (!drained) {
        pipe.drainTo((buffer, from, to) -> {});
      }
    }
  }

  private void compare(MessageDigest digester) {
    String found = HexFormat.of().formatHex(digester.digest());
    if (!found.equals(layer.diffId().hex())) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "pull layer %s: decompressed it has digest %s, the image's configuration says %s"
              .formatted(
                  layer.blob().digest(),
                  new Digest(layer.diffId().algorithm(), found),
                  layer.diffId()));
    }
  }

  /** Leaves some room on the disk to others. */
  private final class Room {
    private long left;

    void take(int bytes) throws IOException {
      left -= bytes;
      if (left > 0) {
        return;
      }
      left = CHECK_BYTES;
      long usable = Files.getFileStore(root).getUsableSpace();
      if (usable < options.freeBytes()) {
        throw new SluiceException(
            FailureKind.EXHAUSTED,
            "unpack layer %s: %d bytes are free below %s, %d are to stay free"
                .formatted(layer.blob().digest(), usable, root, options.freeBytes()),
            "Make room on the disk.",
            null);
      }
    }
  }
}
