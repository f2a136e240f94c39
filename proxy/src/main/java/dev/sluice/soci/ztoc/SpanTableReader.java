package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Reads and checks the part of a ztoc that says where the spans are. */
final class SpanTableReader {
  /** Length of {@code sha256:<hex>}. */
  private static final int DIGEST_TEXT_BYTES = 71;

  /**
   * Bytes of the shortest gzip header. Old ztocs leave out their first checkpoint, which is here.
   */
  private static final int GZIP_HEADER_BYTES = 10;

  private final ByteBuffer document;
  private final Limits limits;
  private final ZtocReader.WindowsAt windows;
  private final long compressedSize;
  private final long tarSize;

  SpanTableReader(
      ByteBuffer document,
      Limits limits,
      ZtocReader.WindowsAt windows,
      long compressedSize,
      long tarSize) {
    this.document = document.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.limits = limits;
    this.windows = windows;
    this.compressedSize = compressedSize;
    this.tarSize = tarSize;
  }

  SpanTable read(FlatTable info) {
    int count = count(info.int32(ZtocFields.MAX_SPAN_ID));
    byte[] digests = digests(info, count);
    FlatTable.Vector blob = info.bytes(ZtocFields.CHECKPOINTS, "the checkpoint blob");
    int algorithm = info.int8(ZtocFields.ALGORITHM, ZtocFields.ALGORITHM_GZIP);
    return switch (algorithm) {
      case ZtocFields.ALGORITHM_GZIP -> gzip(blob, count, digests);
      case ZtocFields.ALGORITHM_UNCOMPRESSED -> uncompressed(blob, count, digests);
      default ->
          throw new SluiceException(
              FailureKind.UNSUPPORTED,
              "read ztoc: compression algorithm number " + algorithm + " is not known");
    };
  }

  private int count(int maxSpanId) {
    if (maxSpanId < -1 || maxSpanId == Integer.MAX_VALUE) {
      throw FlatTable.corrupt("its last span has number " + maxSpanId);
    }
    if (maxSpanId >= limits.spans()) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read ztoc: it has %d spans, above the limit of %d"
              .formatted(maxSpanId + 1L, limits.spans()));
    }
    return maxSpanId + 1;
  }

  private byte[] digests(FlatTable info, int count) {
    FlatTable.Vector texts = info.vector(ZtocFields.SPAN_DIGESTS, 4, "the list of span digests");
    if (texts.count() != count) {
      throw FlatTable.corrupt(
          "it has %d span digests for %d spans".formatted(texts.count(), count));
    }
    byte[] digests = new byte[Math.multiplyExact(count, Checkpoints.DIGEST_BYTES)];
    for (int i = 0; i < count; i++) {
      FlatTable.Vector at = info.bytesAt(texts, i, "the digest of span " + i);
      String text =
          at.count() == DIGEST_TEXT_BYTES
              ? new String(info.copy(at), StandardCharsets.ISO_8859_1)
              : "";
      if (!text.startsWith("sha256:") || !Digest.isDigest(text)) {
        throw FlatTable.corrupt("the digest of span " + i + " is no sha256 digest");
      }
      byte[] digest = HexFormat.of().parseHex(text, 7, text.length());
      System.arraycopy(digest, 0, digests, i * Checkpoints.DIGEST_BYTES, digest.length);
    }
    return digests;
  }

  private SpanTable gzip(FlatTable.Vector blob, int count, byte[] digests) {
    if (blob.count() < ZtocFields.BLOB_HEADER_BYTES) {
      throw FlatTable.corrupt("its checkpoint blob has only " + blob.count() + " bytes");
    }
    int have = document.getInt((int) blob.start());
    long spanSize = document.getLong((int) blob.start() + 4);
    if (have != count) {
      throw FlatTable.corrupt("it has %d checkpoints for %d spans".formatted(have, count));
    }
    // The first checkpoint was left out of blobs before 2023; only the length tells.
    int stride = ZtocFields.CHECKPOINT_BYTES;
    long complete = ZtocFields.BLOB_HEADER_BYTES + (long) stride * count;
    int omitted = blob.count() == complete - stride ? 1 : 0;
    if (blob.count() != complete && omitted == 0) {
      throw FlatTable.corrupt(
          "its blob of %d checkpoints has %d bytes instead of %d"
              .formatted(count, blob.count(), complete));
    }
    long first = blob.start() + ZtocFields.BLOB_HEADER_BYTES - (long) omitted * stride;
    long[] in = new long[count];
    long[] out = new long[count];
    byte[] bits = new byte[count];
    for (int i = 0; i < count; i++) {
      int at = (int) (first + (long) i * stride);
      boolean absent = i < omitted;
      in[i] = absent ? GZIP_HEADER_BYTES : document.getLong(at);
      out[i] = absent ? 0 : document.getLong(at + 8);
      bits[i] = absent ? 0 : document.get(at + 16);
    }
    Checkpoints checkpoints =
        new Checkpoints(Compression.GZIP, spanSize, compressedSize, in, out, bits, digests);
    check(checkpoints);
    return new SpanTable(checkpoints, windows.at(first + 17, stride), tarSize);
  }

  private void check(Checkpoints all) {
    for (int i = 0; i < all.count(); i++) {
      if (all.bits(i) < 0 || all.bits(i) > 7) {
        throw FlatTable.corrupt("checkpoint " + i + " has " + all.bits(i) + " bits");
      }
      long leastIn = i == 0 ? GZIP_HEADER_BYTES : all.in(i - 1) + 1;
      // Equal offsets only at 0: an empty first deflate block.
      boolean stillAtStart = all.out(i) == 0 && (i == 0 || all.out(i - 1) == 0);
      long leastOut = stillAtStart ? 0 : i == 0 ? Long.MAX_VALUE : all.out(i - 1) + 1;
      if (all.in(i) < leastIn || all.out(i) < leastOut) {
        throw FlatTable.corrupt(
            "checkpoint %d (%d in the blob, %d in the tar) does not come after the one before"
                .formatted(i, all.in(i), all.out(i)));
      }
      if (all.in(i) >= compressedSize) {
        throw FlatTable.corrupt(
            "checkpoint %d is at %d of a blob of %d bytes".formatted(i, all.in(i), compressedSize));
      }
    }
    if (all.count() == 0 && tarSize > 0) {
      throw FlatTable.corrupt("it has no span for a tar of " + tarSize + " bytes");
    }
    for (int i = 0; i < all.count(); i++) {
      long end = i + 1 < all.count() ? all.out(i + 1) : tarSize;
      checkLength(i, Math.max(end - all.out(i), all.end(i) - all.start(i)));
    }
  }

  private SpanTable uncompressed(FlatTable.Vector blob, int count, byte[] digests) {
    FlatTable tar = FlatTable.root(document.slice((int) blob.start(), blob.count()));
    long spanSize = tar.int64(ZtocFields.TAR_SPAN_SIZE);
    long size = tar.int64(ZtocFields.TAR_SIZE);
    if (spanSize <= 0 || size != compressedSize || tarSize > size) {
      throw FlatTable.corrupt(
          "its spans of %d bytes over %d do not fit a blob of %d with a tar of %d"
              .formatted(spanSize, size, compressedSize, tarSize));
    }
    long wanted = size / spanSize + (size % spanSize == 0 ? 0 : 1);
    if (wanted != count) {
      throw FlatTable.corrupt(
          "it has %d spans of %d bytes for a blob of %d".formatted(count, spanSize, size));
    }
    checkLength(0, Math.min(spanSize, size));
    long[] starts = new long[count];
    for (int i = 0; i < count; i++) {
      starts[i] = i * spanSize;
    }
    return new SpanTable(
        new Checkpoints(
            Compression.UNCOMPRESSED, spanSize, size, starts, starts, new byte[count], digests),
        Windows.NONE,
        tarSize);
  }

  private void checkLength(int span, long bytes) {
    if (bytes > limits.spanBytes()) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read ztoc: span %d has %d bytes, above the limit of %d"
              .formatted(span, bytes, limits.spanBytes()));
    }
  }
}
