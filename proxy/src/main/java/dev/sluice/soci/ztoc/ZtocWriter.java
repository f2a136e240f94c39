package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Function;

/** Writes ztocs byte for byte as AWS's CLI does for the same content. */
public final class ZtocWriter {
  private static final int TAR_ZINFO_VERSION = 2;

  private ZtocWriter() {}

  /** The ztoc in memory. */
  public static byte[] write(Ztoc ztoc) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(ztoc, bytes);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "write ztoc: " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  /**
   * Writes the ztoc to {@code sink}; of the windows only one is in memory at a time.
   *
   * @throws IOException if the sink or the place of the windows fails
   */
  public static void write(Ztoc ztoc, OutputStream sink) throws IOException {
    SpanTable spans = ztoc.spans();
    Checkpoints all = spans.checkpoints();
    Blob blob =
        spans.compression() == Compression.GZIP
            ? new Gzip(spans)
            : new Whole(tar(TAR_ZINFO_VERSION, all.spanSize(), ztoc.compressedSize()));
    byte[][] digests = new byte[all.count()][];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = ascii("sha256:" + HexFormat.of().formatHex(all.digest(i)));
    }
    int algorithm =
        spans.compression() == Compression.GZIP
            ? ZtocFields.ALGORITHM_GZIP
            : ZtocFields.ALGORITHM_UNCOMPRESSED;
    write(ztoc, blob, all.count() - 1, digests, algorithm, TocEntry.Type::word, sink);
  }

  /** The checkpoint blob. */
  interface Blob {
    long size();

    void writeTo(OutputStream sink) throws IOException;
  }

  /** A blob in memory. */
  record Whole(byte[] bytes) implements Blob {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void writeTo(OutputStream sink) throws IOException {
      sink.write(bytes);
    }
  }

  /** The blob of a gzip layer: each checkpoint with its window. */
  private record Gzip(SpanTable spans) implements Blob {
    @Override
    public long size() {
      return ZtocFields.BLOB_HEADER_BYTES
          + (long) ZtocFields.CHECKPOINT_BYTES * spans.checkpoints().count();
    }

    @Override
    public void writeTo(OutputStream sink) throws IOException {
      Checkpoints all = spans.checkpoints();
      ByteBuffer numbers = ByteBuffer.allocate(17).order(ByteOrder.LITTLE_ENDIAN);
      numbers.putInt(all.count()).putLong(all.spanSize());
      sink.write(numbers.array(), 0, ZtocFields.BLOB_HEADER_BYTES);
      byte[] window = new byte[Windows.SIZE];
      for (int i = 0; i < all.count(); i++) {
        numbers.clear().putLong(all.in(i)).putLong(all.out(i)).put((byte) all.bits(i));
        sink.write(numbers.array());
        if (all.out(i) > 0) {
          spans.windows().read(i, ByteBuffer.wrap(window));
        }
        sink.write(window);
      }
    }
  }

  static void write(
      Ztoc ztoc,
      Blob blob,
      int maxSpanId,
      byte[][] digests,
      int algorithm,
      Function<TocEntry.Type, String> typeWord,
      OutputStream sink)
      throws IOException {
    FlatWriter out = new FlatWriter();
    long version = out.string(ascii(ztoc.version()));
    long buildTool = out.string(ztoc.buildTool().getBytes(StandardCharsets.UTF_8));
    long toc = new TocWriter(out, typeWord).write(ztoc.entries());
    if (blob.size() > Integer.MAX_VALUE - 64) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "write ztoc: %d bytes of checkpoints are more than a ztoc can hold"
              .formatted(blob.size()),
          "Choose a larger span size.",
          null);
    }
    long checkpoints = out.hole(blob.size());
    long[] places = new long[digests.length];
    for (int i = 0; i < digests.length; i++) {
      places[i] = out.string(digests[i]);
    }
    long digestList = out.references(places, places.length);

    out.startTable(ZtocFields.COMPRESSION_INFO_FIELDS);
    out.addInt(ZtocFields.MAX_SPAN_ID, maxSpanId);
    out.addReference(ZtocFields.SPAN_DIGESTS, digestList);
    out.addReference(ZtocFields.CHECKPOINTS, checkpoints);
    if (algorithm != ZtocFields.ALGORITHM_GZIP) {
      out.addByte(ZtocFields.ALGORITHM, algorithm);
    }
    long info = out.endTable();

    out.startTable(ZtocFields.ZTOC_FIELDS);
    out.addReference(ZtocFields.VERSION, version);
    out.addReference(ZtocFields.BUILD_TOOL, buildTool);
    out.addReference(ZtocFields.TOC, toc);
    out.addLong(ZtocFields.COMPRESSED_SIZE, ztoc.compressedSize());
    out.addLong(ZtocFields.UNCOMPRESSED_SIZE, ztoc.uncompressedSize());
    out.addReference(ZtocFields.COMPRESSION_INFO, info);
    out.finish(out.endTable());

    sink.write(out.head());
    blob.writeTo(sink);
    sink.write(out.tail());
  }

  /** The checkpoint blob of an uncompressed layer, a FlatBuffers document of its own. */
  static byte[] tar(int version, long spanSize, long size) {
    FlatWriter out = new FlatWriter();
    out.startTable(ZtocFields.TAR_FIELDS);
    out.addInt(ZtocFields.TAR_VERSION, version);
    out.addLong(ZtocFields.TAR_SPAN_SIZE, spanSize);
    out.addLong(ZtocFields.TAR_SIZE, size);
    out.finish(out.endTable());
    return out.head();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
