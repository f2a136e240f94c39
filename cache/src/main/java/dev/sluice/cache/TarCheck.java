package dev.sluice.cache;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.function.BooleanSupplier;

/** Whether the tar of a layer, as it lies on disk, is what it should be. */
public final class TarCheck {
  /**
   * Grows when layers that were called wrong may be called right: what an earlier check has said of
   * them is not to be relied on. 2 knows of padding.
   */
  public static final int REVISION = 2;

  private static final int BLOCK = 512;

  /** Zero blocks behind a tar's end mark that are tried: 1 MiB; GNU tar writes up to 19. */
  private static final int MOST_PADDING = (1 << 20) / BLOCK;

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
    if (matches(digest, expected)) {
      tier.changes().prove(layer);
      return Verdict.RIGHT;
    }
    tier.changes().drop(layer);
    return Verdict.WRONG;
  }

  /**
   * Whether the bytes are what they should be, with as many zero blocks behind them as it takes: a
   * layer's tar is often padded, and an index tells only of what stands before its end mark.
   */
  private static boolean matches(MessageDigest digest, byte[] expected) throws IOException {
    byte[] zeros = new byte[BLOCK];
    try {
      for (int padding = 0; padding <= MOST_PADDING; padding++) {
        MessageDigest soFar = (MessageDigest) digest.clone();
        if (MessageDigest.isEqual(soFar.digest(), expected)) {
          return true;
        }
        digest.update(zeros);
      }
      return false;
    } catch (CloneNotSupportedException e) {
      throw new IOException("digests of " + digest.getAlgorithm() + " can't be continued", e);
    }
  }
}
