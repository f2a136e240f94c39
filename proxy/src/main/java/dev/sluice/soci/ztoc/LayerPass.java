package dev.sluice.soci.ztoc;

import dev.sluice.oci.Digest;
import dev.sluice.soci.deflate.ScanListener;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One pass over a layer: hands its bytes to all that want them. */
final class LayerPass implements ScanListener {
  private static final int READ_BYTES = 1 << 17;

  private final BuildOptions options;
  private final SpanCollector spans;
  private final TarParser tar;
  private final @Nullable MessageDigest layerDigester;
  private final @Nullable MessageDigest diffIdDigester;
  private long compressedSize;
  private long decompressedSize;

  LayerPass(BuildOptions options, SpanCollector spans) {
    this.options = options;
    this.spans = spans;
    this.tar = new TarParser(options.limits(), TarParser.GlobalHeaders.REFUSE);
    this.layerDigester = options.layerDigest() ? Digest.newSha256() : null;
    this.diffIdDigester = options.diffId() ? Digest.newSha256() : null;
  }

  @Override
  public void compressed(byte[] buffer, int from, int to) {
    compressedSize += to - from;
    spans.compressed(buffer, from, to);
    if (layerDigester != null) {
      layerDigester.update(buffer, from, to - from);
    }
  }

  @Override
  public void decompressed(byte[] buffer, int from, int to) throws IOException {
    decompressedSize += to - from;
    tar.accept(buffer, from, to);
    if (diffIdDigester != null) {
      diffIdDigester.update(buffer, from, to - from);
    }
    options.copy().accept(buffer, from, to);
  }

  @Override
  public void checkpoint(Checkpoint at) throws IOException {
    spans.startSpan(at.in(), at.bits(), at.lastByte(), at.out());
    spans.window(at.window(), at.windowEnd());
  }

  /** Reads an uncompressed layer. */
  void copy(InputStream layer) throws IOException {
    byte[] buffer = new byte[READ_BYTES];
    long spanEnd = 0;
    for (int n = layer.read(buffer); n >= 0; n = layer.read(buffer)) {
      for (int at = 0; at < n; ) {
        if (compressedSize == spanEnd) {
          spans.startSpan(spanEnd, 0, (byte) 0, spanEnd);
          spanEnd += options.spanSize();
        }
        int to = (int) Math.min(n, at + spanEnd - compressedSize);
        compressed(buffer, at, to);
        at = to;
      }
      decompressed(buffer, 0, n);
    }
  }

  BuiltZtoc finish() {
    tar.end();
    SpanTable table = spans.finish(compressedSize, tar.size());
    Ztoc ztoc =
        new Ztoc(
            Ztoc.VERSION, options.buildTool(), compressedSize, tar.size(), table, tar.entries());
    return new BuiltZtoc(ztoc, digest(layerDigester), digest(diffIdDigester), decompressedSize);
  }

  private static Optional<Digest> digest(@Nullable MessageDigest digester) {
    return Optional.ofNullable(digester).map(Digest::sha256Of);
  }
}
