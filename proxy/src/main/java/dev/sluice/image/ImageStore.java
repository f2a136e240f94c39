package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One repository, OCI layout or OCI archive, read and written whole. Blocks: for virtual threads
 * and command-line threads, never for an event loop. Fails with {@link
 * dev.sluice.failure.SluiceException}. Safe for use by several threads at once.
 */
public interface ImageStore extends AutoCloseable {
  /** The manifest or index under a tag or digest; the store's default tag if {@code ""}. */
  Content manifest(String tagOrDigest);

  /** Like {@link #manifest}, but empty where that fails with NOT_FOUND. */
  default Optional<Content> findManifest(String tagOrDigest) {
    try {
      return Optional.of(manifest(tagOrDigest));
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * The bytes of a blob, verified against the descriptor when the stream ends: the read that would
   * return the end fails with CORRUPT if they are not those the descriptor names.
   */
  InputStream openBlob(Descriptor blob);

  /** The bytes {@code [from, to)} of a blob. They are NOT verified. */
  InputStream openRange(Descriptor blob, long from, long to);

  /** A whole blob of at most {@code limit} bytes, verified. */
  default byte[] smallBlob(Descriptor blob, int limit) {
    if (blob.size() > limit) {
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "read %s from %s: it has %d bytes, more than the %d allowed"
              .formatted(blob.digest(), this, blob.size(), limit));
    }
    try (InputStream in = openBlob(blob)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw Failures.local("read " + blob.digest() + " from " + this, e);
    }
  }

  boolean hasBlob(Digest digest);

  /** Stores a file as a blob; {@code blob} has its digest and size. */
  void putBlob(Descriptor blob, Path file);

  void putBlob(Descriptor blob, byte[] bytes);

  /** Brings a blob over from another store, verified on the way; bounded memory. */
  default void copyBlob(Descriptor blob, ImageStore from) {
    try {
      Path spool = Files.createTempFile("sluice-blob-", ".tmp");
      try {
        try (InputStream in = from.openBlob(blob);
            var out = Files.newOutputStream(spool)) {
          in.transferTo(out);
        }
        putBlob(blob, spool);
      } finally {
        Files.delete(spool);
      }
    } catch (IOException e) {
      throw Failures.local("copy " + blob.digest() + " from " + from + " to " + this, e);
    }
  }

  /** Stores a manifest or index under a tag; the store's default tag if {@code ""}. */
  void putManifest(String tag, Content content);

  /**
   * Stores a manifest or index under its digest only. If it names a subject it is found by {@link
   * #referrers} afterwards: a registry without Referrers API gets it entered in the fallback tag.
   */
  void putByDigest(Content content);

  /** Descriptors of the artifacts of a type that name the subject, in the store's order. */
  List<Descriptor> referrers(Digest subject, String artifactType);

  /** Whether its bytes come over a network. */
  default boolean isRemote() {
    return false;
  }

  /** How the user would name it, without credentials. */
  @Override
  String toString();

  /** Writes what is still to be written (an archive) and lets go of everything. */
  @Override
  void close();
}
