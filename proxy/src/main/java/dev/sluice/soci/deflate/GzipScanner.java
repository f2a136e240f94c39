package dev.sluice.soci.deflate;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Decompresses a gzip stream of one or more members in one pass and tells where its deflate blocks
 * start, which {@link java.util.zip.Inflater} does not. Checksum and length of each member are
 * verified.
 */
public final class GzipScanner {
  private final long spanSize;
  private final ScanListener listener;

  /**
   * @param spanSize a checkpoint comes at the first block that starts more than this many
   *     decompressed bytes behind the one before; 0 for every block
   */
  public GzipScanner(long spanSize, ScanListener listener) {
    this.spanSize = spanSize;
    this.listener = listener;
  }

  /**
   * Reads the stream to its end.
   *
   * @throws SluiceException {@link FailureKind#CORRUPT} if it is no gzip stream, ends early, goes
   *     on behind its last member, or a checksum is wrong
   * @throws IOException if the stream or the listener fails
   */
  public void scan(InputStream stream) throws IOException {
    BitInput in = new BitInput(stream, listener);
    HistoryOutput out = new HistoryOutput(listener);
    BlockDecoder decoder = new BlockDecoder(in, out);
    long last = 0;
    do {
      in.skipHeader();
      out.startMember();
      boolean ended = false;
      while (!ended) {
        // zlib stops before each block that is not behind the last one; so do spans.
        if (out.offset() == 0 || out.offset() - last > spanSize) {
          checkpoint(in, out);
          last = out.offset();
        }
        ended = decoder.decodeBlock();
      }
      out.deliver();
      checkTrailer(in, out);
    } while (!in.atEnd());
    in.deliver();
  }

  private void checkpoint(BitInput in, HistoryOutput out) throws IOException {
    in.deliver();
    out.deliver();
    listener.checkpoint(
        new ScanListener.Checkpoint(
            in.offset(), in.bitsLeft(), in.byteBefore(), out.offset(), out.buffer, out.pos));
  }

  private static void checkTrailer(BitInput in, HistoryOutput out) throws IOException {
    in.alignToByte();
    in.fill();
    int checksum = in.take(32);
    int length = in.take(32);
    in.checkEnd();
    if (checksum != out.checksum() || length != out.memberLength()) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read gzip: the member that ends at byte %d has checksum %08x and length %d, not %08x and %d"
              .formatted(
                  in.offset(),
                  out.checksum(),
                  Integer.toUnsignedLong(out.memberLength()),
                  checksum,
                  Integer.toUnsignedLong(length)));
    }
  }
}
