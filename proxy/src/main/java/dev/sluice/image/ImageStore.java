package dev.sluice.image;

import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * One repository, OCI layout or OCI archive, read and written whole. Blocks: for virtual threads
 * and command-line threads, never for an event loop. Fails with {@link
 * dev.sluice.failure.SluiceException}.
 */
public interface ImageStore extends AutoCloseable {
  /** The manifest or index under a tag or digest; the store's default tag if {@code ""}. */
  Content manifest(String tagOrDigest);

  /** The bytes of a blob, verified against the descriptor when the stream ends. */
  InputStream openBlob(Descriptor blob);

  boolean hasBlob(Digest digest);

  /** Stores a file as a blob; {@code blob} has its digest and size. */
  void putBlob(Descriptor blob, Path file);

  void putBlob(Descriptor blob, byte[] bytes);

  /**
   * Stores a manifest or index. A registry also enters a subject in the referrers' fallback tag
   * where it has no Referrers API.
   *
   * @param tag the tag, or "" for none (by digest)
   */
  void putManifest(String tag, Content content);

  List<Descriptor> referrers(Digest subject, String artifactType);

  /** How the user would name it, without credentials. */
  @Override
  String toString();

  @Override
  void close();
}
