package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.deflate.GzipScanner;
import java.io.IOException;
import java.io.InputStream;

/** Builds the ztoc of a layer in one pass over its bytes. */
public final class ZtocBuilder {
  private ZtocBuilder() {}

  /**
   * Reads a layer to its end and builds its ztoc. The same layer, span size and tool give the same
   * bytes as AWS's CLI.
   *
   * @throws SluiceException {@link FailureKind#CORRUPT} if the layer is damaged, {@link
   *     FailureKind#UNSUPPORTED} if its content can't be indexed: pull such a layer whole
   * @throws IOException if the layer can't be read or the temporary file not be written
   */
  public static BuiltZtoc build(InputStream layer, Compression compression, BuildOptions options)
      throws IOException {
    SpanCollector spans = new SpanCollector(compression, options);
    boolean built = false;
    try {
      LayerPass pass = new LayerPass(options, spans);
      switch (compression) {
        case GZIP -> new GzipScanner(options.spanSize(), pass).scan(layer);
        case UNCOMPRESSED -> pass.copy(layer);
      }
      BuiltZtoc result = pass.finish();
      built = true;
      return result;
    } finally {
      if (!built) {
        spans.close();
      }
    }
  }
}
