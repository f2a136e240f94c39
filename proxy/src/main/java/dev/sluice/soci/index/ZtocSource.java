package dev.sluice.soci.index;

import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Ztoc;
import java.io.IOException;
import java.io.InputStream;

/** Builds the ztoc of a layer in one pass over its bytes, which it reads to their end. */
@FunctionalInterface
interface ZtocSource {
  Ztoc build(InputStream layer, Compression compression, long spanSize, String buildTool)
      throws IOException;
}
