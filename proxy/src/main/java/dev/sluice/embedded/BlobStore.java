package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All blobs of the registry by digest. Owns the layout of its directory. */
final class BlobStore {
  private static final int IN_MEMORY_BYTES = 64 << 10;

  private final Path blobs;
  private final Path uploads;
  private final Map<Digest, Blob> known = new HashMap<>();

  BlobStore(Path directory) {
    blobs = directory.resolve("blobs");
    uploads = directory.resolve("uploads");
    try {
      Files.createDirectories(blobs);
      Files.createDirectories(uploads);
    } catch (IOException e) {
      throw new UncheckedIOException("make the embedded registry's directory " + directory, e);
    }
  }

  @Nullable Blob get(Digest digest) {
    return known.get(digest);
  }

  void remove(Digest digest) {
    known.remove(digest);
  }

  void put(Digest digest, byte[] bytes) {
    known.put(digest, new Blob.InMemory(bytes));
  }

  /** Takes over an upload's file, whose bytes are verified. */
  void adopt(Digest digest, Path upload) throws IOException {
    long size = Files.size(upload);
    if (size <= IN_MEMORY_BYTES) {
      put(digest, Files.readAllBytes(upload));
      Files.delete(upload);
      return;
    }
    Path file = blobs.resolve(digest.algorithm() + "-" + digest.hex());
    Files.move(upload, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    known.put(digest, new Blob.InFile(file, size));
  }

  /** Serves a file that stays where it is. */
  void serve(Digest digest, Path file) throws IOException {
    known.put(digest, new Blob.InFile(file, Files.size(file)));
  }

  Path newUpload() {
    return uploads.resolve(UUID.randomUUID().toString());
  }
}
