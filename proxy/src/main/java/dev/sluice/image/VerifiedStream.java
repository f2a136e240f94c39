package dev.sluice.image;

import dev.sluice.oci.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A blob's bytes; reading its end fails with CORRUPT if size or digest are not the descriptor's.
 */
final class VerifiedStream extends FilterInputStream {
  private final Descriptor blob;
  private final String source;
  private final MessageDigest digester;
  private long length;
  private boolean ended;

  VerifiedStream(InputStream in, Descriptor blob, String source) {
    super(in);
    this.blob = blob;
    this.source = source;
    this.digester = blob.digest().digester();
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    if (ended || count == 0) {
      return ended ? -1 : 0;
    }
    int n = in.read(buffer, offset, count);
    if (n < 0) {
      verify();
      ended = true;
      return -1;
    }
    length += n;
    if (length > blob.size()) {
      throw Failures.corrupt(action(), "it is longer than the " + blob.size() + " bytes expected");
    }
    digester.update(buffer, offset, n);
    return n;
  }

  /** Reads instead of skipping: every byte counts for the digest. */
  @Override
  public long skip(long count) throws IOException {
    var buffer = new byte[(int) Math.min(count, 1 << 16)];
    long skipped = 0;
    while (skipped < count) {
      int n = read(buffer, 0, (int) Math.min(buffer.length, count - skipped));
      if (n < 0) {
        break;
      }
      skipped += n;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void verify() {
    if (length != blob.size()) {
      throw Failures.corrupt(action(), "it has %d bytes, not %d".formatted(length, blob.size()));
    }
    String hex = HexFormat.of().formatHex(digester.digest());
    if (!hex.equals(blob.digest().hex())) {
      throw Failures.corrupt(action(), "its bytes have digest " + hex.substring(0, 12) + "…");
    }
  }

  private String action() {
    return "read blob " + blob.digest() + " from " + source;
  }
}
