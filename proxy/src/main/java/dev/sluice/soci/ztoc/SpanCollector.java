package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Gathers the spans of a layer as it passes: places and digests in memory, windows in a file. */
final class SpanCollector implements AutoCloseable {
  /** What the digest of a span takes in a ztoc. */
  private static final int DIGEST_TEXT_BYTES = 80;

  private final Compression compression;
  private final long spanSize;
  private final int most;
  private final @Nullable FileChannel windows;
  private final MessageDigest digester = Digest.newSha256();

  private long[] in = new long[64];
  private long[] out = new long[64];
  private byte[] bits = new byte[64];
  private byte[] digests = new byte[64 * Checkpoints.DIGEST_BYTES];
  private int count;

  SpanCollector(Compression compression, BuildOptions options) throws IOException {
    this.compression = compression;
    this.spanSize = options.spanSize();
    int spanBytes =
        compression == Compression.GZIP ? ZtocFields.CHECKPOINT_BYTES : DIGEST_TEXT_BYTES;
    this.most = (int) Math.min(options.limits().spans(), options.limits().ztocBytes() / spanBytes);
    this.windows =
        compression == Compression.GZIP ? temporaryFile(options.temporaryDirectory()) : null;
  }

  /** A file without a name, so that nothing is left of it whatever happens. */
  private static FileChannel temporaryFile(Path directory) throws IOException {
    Path file = Files.createTempFile(directory, "sluice-windows-", ".tmp");
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(file);
    }
  }

  /** More compressed bytes; those before the first span are in none. */
  void compressed(byte[] buffer, int from, int to) {
    if (count > 0) {
      digester.update(buffer, from, to - from);
    }
  }

  /**
   * The next span starts here.
   *
   * @param bitsBefore how many bits of {@code lastByte}, the byte before {@code at}, are its first
   */
  void startSpan(long at, int bitsBefore, byte lastByte, long outAt) {
    if (count > 0) {
      if (bitsBefore != 0) {
        digester.update(lastByte);
      }
      finishSpan();
    }
    if (count == most) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "build ztoc: the layer has more than %d spans of %d bytes".formatted(most, spanSize),
          "Choose a larger span size.",
          null);
    }
    if (count == in.length) {
      in = Arrays.copyOf(in, 2 * count);
      out = Arrays.copyOf(out, 2 * count);
      bits = Arrays.copyOf(bits, 2 * count);
      digests = Arrays.copyOf(digests, 2 * count * Checkpoints.DIGEST_BYTES);
    }
    in[count] = at;
    out[count] = outAt;
    bits[count] = (byte) bitsBefore;
    count++;
  }

  /** The window of the span that was started last. */
  void window(byte[] buffer, int end) throws IOException {
    ByteBuffer window = ByteBuffer.wrap(buffer, end - Windows.SIZE, Windows.SIZE);
    while (windows != null && window.hasRemaining()) {
      windows.write(window);
    }
  }

  private void finishSpan() {
    byte[] digest = digester.digest();
    System.arraycopy(
        digest, 0, digests, (count - 1) * Checkpoints.DIGEST_BYTES, Checkpoints.DIGEST_BYTES);
  }

  /** The finished table, which owns the windows from now on. */
  SpanTable finish(long compressedSize, long tarSize) {
    if (count > 0) {
      finishSpan();
    }
    Checkpoints checkpoints =
        new Checkpoints(
            compression,
            spanSize,
            compressedSize,
            Arrays.copyOf(in, count),
            Arrays.copyOf(out, count),
            Arrays.copyOf(bits, count),
            Arrays.copyOf(digests, count * Checkpoints.DIGEST_BYTES));
    return new SpanTable(
        checkpoints,
        windows == null ? Windows.NONE : Windows.inFile(windows, 0, Windows.SIZE),
        tarSize);
  }

  @Override
  public void close() throws IOException {
    if (windows != null) {
      windows.close();
    }
  }
}
