package dev.sluice.cache;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.function.BooleanSupplier;

/** Whether the tar of a layer, as it lies on disk, is what it should be. */
public final class TarCheck {
  private final DiskTier tier;
  private final DiskLayer layer;

  /** What came of a check. */
  public enum Verdict {
    /** All is there and right. */
    RIGHT,
    /** All was there and is not what it should be; it is dropped. */
    WRONG,
    /** Not all is there, or the check was ended. */
    INCOMPLETE
  }

  TarCheck(DiskTier tier, DiskLayer layer) {
    this.tier = tier;
    this.layer = layer;
  }

  /* The chunks are read once more than needed for their own checksums, but never kept in the page
   * cache for this. Once a layer is proven its index is: chunks that are evicted and fetched again
   * were verified by the index, and make the layer complete again without another look. */
  Verdict run(MessageDigest digest, byte[] expected, BooleanSupplier goOn) throws IOException {
    if (!layer.complete()) {
      return Verdict.INCOMPLETE;
    }
    if (layer.proven()) {
      return Verdict.RIGHT;
    }
    for (int chunk = 0; chunk < layer.map().count(); chunk++) {
      if (!goOn.getAsBoolean() || !layer.digest(chunk, digest)) {
        return Verdict.INCOMPLETE;
      }
    }
    if (MessageDigest.isEqual(digest.digest(), expected)) {
      tier.prove(layer);
      return Verdict.RIGHT;
    }
    tier.drop(layer);
    return Verdict.WRONG;
  }
}
