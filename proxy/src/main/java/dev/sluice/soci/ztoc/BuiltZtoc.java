package dev.sluice.soci.ztoc;

import dev.sluice.oci.Digest;
import java.util.Optional;

/**
 * A new ztoc and what was learned with it. Close it once it is written: its windows are in a
 * temporary file.
 *
 * @param layerDigest digest of the compressed layer, if asked for
 * @param diffId digest of the decompressed layer, if asked for
 * @param decompressedSize length of the whole decompressed stream; at least that of the tar
 */
public record BuiltZtoc(
    Ztoc ztoc, Optional<Digest> layerDigest, Optional<Digest> diffId, long decompressedSize)
    implements AutoCloseable {
  @Override
  public void close() {
    ztoc.close();
  }
}
