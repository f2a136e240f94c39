package dev.sluice.cache;

/** Who would miss a layer's chunks, which decides when they are evicted; first who goes first. */
enum LayerUse {
  /** No container. */
  IDLE,
  /** A container has it. */
  RUNNING,
  /** Somebody has said that it stays: never evicted. */
  PINNED
}
