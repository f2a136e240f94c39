package dev.sluice.pull;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.deflate.GzipScanner;
import dev.sluice.soci.deflate.ScanListener;
import dev.sluice.soci.ztoc.TarSink;
import java.io.IOException;
import java.io.InputStream;

/** How a layer is compressed, by what it begins with: media types are not always true. */
enum Decompression {
  GZIP {
    @Override
    void run(InputStream compressed, TarSink tar) throws IOException {
      new GzipScanner(Long.MAX_VALUE, new ToTar(tar)).scan(compressed);
    }
  },
  ZSTD {
    @Override
    void run(InputStream compressed, TarSink tar) throws IOException {
      try (InputStream stream = new ZstdInputStreamNoFinalizer(compressed)) {
        PLAIN.run(stream, tar);
      } catch (ZstdIOException e) {
        throw new SluiceException(FailureKind.CORRUPT, "read zstd: " + e.getMessage(), e);
      }
    }
  },
  PLAIN {
    @Override
    void run(InputStream compressed, TarSink tar) throws IOException {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = compressed.read(buffer); n >= 0; n = compressed.read(buffer)) {
        tar.accept(buffer, 0, n);
      }
    }
  };

  /** Bytes that tell. */
  static final int HEAD_BYTES = 8;

  private static final int BUFFER_BYTES = 128 << 10;
  private static final int GZIP_MAGIC = 0x088b1f;
  private static final int ZSTD_MAGIC = 0xfd2fb528;
  private static final int ZSTD_SKIPPABLE_MAGIC = 0x184d2a50;
  private static final int ZSTD_SKIPPABLE_MASK = 0xfffffff0;

  /**
   * @param head the first bytes, fewer than {@link #HEAD_BYTES} if there are not so many
   */
  static Decompression of(byte[] head) {
    int first = 0;
    for (int i = 0; i < Math.min(4, head.length); i++) {
      first |= (head[i] & 0xff) << (8 * i);
    }
    if (head.length >= 3 && (first & 0xffffff) == GZIP_MAGIC) {
      return GZIP;
    }
    boolean zstd =
        (head.length >= 4 && first == ZSTD_MAGIC)
            || (head.length >= HEAD_BYTES && (first & ZSTD_SKIPPABLE_MASK) == ZSTD_SKIPPABLE_MAGIC);
    return zstd ? ZSTD : PLAIN;
  }

  /** Hands the decompressed bytes on; need not read what stands behind them. */
  abstract void run(InputStream compressed, TarSink tar) throws IOException;

  private record ToTar(TarSink tar) implements ScanListener {
    @Override
    public void compressed(byte[] buffer, int from, int to) {}

    @Override
    public void decompressed(byte[] buffer, int from, int to) throws IOException {
      tar.accept(buffer, from, to);
    }

    @Override
    public void checkpoint(Checkpoint checkpoint) {}
  }
}
