package dev.sluice.face;

import java.util.Locale;

/** Who answers for a layer. */
public enum LayerFace {
  /** We do, for its names and its bytes. */
  FUSE,
  /** The kernel does for its names, from an EROFS image of them; we do for its bytes. */
  EROFS,
  /** The kernel does, for its names as with EROFS and for its bytes from the cache's file. */
  DISK;

  /** As users see it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
