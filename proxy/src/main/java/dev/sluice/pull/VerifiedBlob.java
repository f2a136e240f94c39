package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The bytes of a download in order; {@link #verify} reads the rest and compares the digest. */
final class VerifiedBlob extends InputStream {
  private static final int REST_BYTES = 64 << 10;

  private final BlobDownload download;
  private final Descriptor blob;
  private final MessageDigest digester;

  VerifiedBlob(BlobDownload download, Descriptor blob) {
    this.download = download;
    this.blob = blob;
    this.digester = blob.digest().digester();
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int at, int length) {
    if (length == 0) {
      return 0;
    }
    int n = download.read(into, at, length);
    if (n > 0) {
      digester.update(into, at, n);
    }
    return n;
  }

  /**
   * @throws SluiceException {@link FailureKind#CORRUPT} if the bytes don't have the blob's digest
   */
  void verify() {
    byte[] rest = new byte[REST_BYTES];
    while (read(rest, 0, rest.length) >= 0) {
      // Only the digest wants these.
    }
    String found = HexFormat.of().formatHex(digester.digest());
    if (!found.equals(blob.digest().hex())) {
      download.distrust();
      throw new SluiceException(
          FailureKind.CORRUPT,
          "pull layer %s: the %d bytes that came have digest %s"
              .formatted(blob.digest(), blob.size(), new Digest(blob.digest().algorithm(), found)));
    }
  }
}
