package dev.sluice.mount;

import com.github.luben.zstd.ZstdInputStream;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Decompresses a layer by its media type: gzip, zstd or plain tar. */
final class LayerCompression {
  private LayerCompression() {}

  static InputStream decompress(Descriptor layer, InputStream compressed) throws IOException {
    String type = layer.mediaType();
    if (type.endsWith("+gzip") || type.endsWith(".gzip")) {
      return new GZIPInputStream(new MoreToCome(compressed), 64 << 10);
    }
    if (type.endsWith("+zstd") || type.endsWith(".zstd")) {
      return new ZstdInputStream(compressed);
    }
    if (type.endsWith(".tar")) {
      return compressed;
    }
    throw new SluiceException(
        FailureKind.UNSUPPORTED,
        "read layer %s: its media type %s is no tar, gzip or zstd".formatted(layer.digest(), type));
  }

  /**
   * Says that more may come. GZIPInputStream takes "0 available" after a member for the end, though
   * the next member of the file may only be late.
   */
  private static final class MoreToCome extends FilterInputStream {
    MoreToCome(InputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      return Math.max(1, super.available());
    }
  }
}
