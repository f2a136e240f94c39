package dev.sluice.cache;

/** A living chunk of a layer; its identity is its key in the memory tier. */
final class Resident {
  private final LayerMemory home;
  private final int index;
  private final VerifiedChunk chunk;
  private final long footprint;

  Resident(LayerMemory home, int index, VerifiedChunk chunk) {
    this.home = home;
    this.index = index;
    this.chunk = chunk;
    this.footprint = chunk.footprint();
  }

  LayerMemory home() {
    return home;
  }

  int index() {
    return index;
  }

  VerifiedChunk chunk() {
    return chunk;
  }

  /** Bytes of memory. */
  long footprint() {
    return footprint;
  }
}
