package dev.sluice.registry;

import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;
import java.util.List;

/**
 * A client of the OCI distribution API. Never blocks; every future ends in bounded time and fails
 * with a {@link dev.sluice.failure.SluiceException}.
 */
public interface RegistryClient {
  /**
   * A manifest or index by tag or digest. Bytes asked for by digest are verified.
   *
   * @throws dev.sluice.failure.SluiceException NOT_FOUND if the registry has none
   */
  Future<Content> manifest(Repository repository, String tagOrDigest);

  /** A whole small blob (at most {@code limit} bytes), verified. */
  Future<byte[]> smallBlob(Repository repository, Digest digest, int limit);

  /**
   * Streams the bytes {@code [from, to)} of a blob to {@code sink}, in order, each exactly once:
   * resumes where a connection broke, refreshes an expired token or signed URL, skips to the range
   * if the server ignored it. The bytes are NOT verified. The future ends after the last byte.
   */
  default Future<Void> range(
      Repository repository, Descriptor blob, long from, long to, RangeSink sink) {
    return range(repository, blob, from, to, RangeTerms.DEMAND, sink);
  }

  /** The same, on other terms. */
  Future<Void> range(
      Repository repository, Descriptor blob, long from, long to, RangeTerms terms, RangeSink sink);

  /**
   * False once every server that has this repository has answered a range request with everything.
   */
  boolean rangesSupported(Repository repository);

  /**
   * Says that the bytes {@code [from, to)} of a blob, as the last {@link #range} brought them, are
   * not what their digest says: for a while they are rather asked of another host, if there is one.
   */
  default void distrust(Repository repository, Digest blob, long from, long to) {}

  /** Descriptors of the artifacts of {@code artifactType} that refer to {@code subject}. */
  Future<List<Descriptor>> referrers(Repository repository, Digest subject, String artifactType);

  /**
   * Enters an artifact under the tag that stands in for the Referrers API, unless it is there. For
   * registries that didn't keep the subject of a pushed manifest.
   *
   * @param referrer with artifact type and the manifest's annotations
   */
  Future<Void> addReferrer(Repository repository, Digest subject, Descriptor referrer);

  /** Whether a blob needs no push: asks the host that pushes go to. */
  Future<Boolean> hasBlob(Repository repository, Digest digest);

  /** Uploads a blob of known digest and size. {@code body} is opened once for every try. */
  Future<Void> pushBlob(Repository repository, Descriptor blob, BodySource body);

  /** Stores a manifest or index under a tag, or under its digest. */
  Future<PushedManifest> pushManifest(Repository repository, String tagOrDigest, Content content);

  Future<Void> close();

  /** Takes bytes of a range on an event loop; must not block. */
  @FunctionalInterface
  interface RangeSink {
    /** The next bytes of the range. The buffer is heap memory that nobody else will change. */
    void bytes(Buffer bytes);
  }

  /** Opens the body of an upload. */
  @FunctionalInterface
  interface BodySource {
    Future<ReadStream<Buffer>> open();

    static BodySource of(byte[] bytes) {
      return () -> Future.succeededFuture(new BytesStream(bytes));
    }

    static BodySource of(Vertx vertx, Path file) {
      OpenOptions options = new OpenOptions().setCreate(false).setWrite(false);
      return () -> vertx.fileSystem().open(file.toString(), options).map(opened -> opened);
    }
  }

  /**
   * @param subjectKept whether the registry has entered the manifest in its Referrers API
   */
  record PushedManifest(Digest digest, boolean subjectKept) {}
}
