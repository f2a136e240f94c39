package dev.sluice.cache;

/** Takes what one fetch of an origin brings, and nothing else. */
final class FetchSink implements Origin.Sink {
  private final Layer layer;
  private final int first;
  private final int last;

  FetchSink(Layer layer, int first, int last) {
    this.layer = layer;
    this.first = first;
    this.last = last;
  }

  int first() {
    return first;
  }

  int last() {
    return last;
  }

  @Override
  public void arrived(int chunk, VerifiedChunk bytes) {
    if (chunk < first || chunk > last) {
      layer.noteOriginFault("brought chunk %d outside [%d, %d]".formatted(chunk, first, last));
      bytes.release();
    } else {
      layer.arrived(this, chunk, bytes);
    }
  }

  @Override
  public void failed(int chunk, Throwable cause) {
    if (chunk < first || chunk > last) {
      layer.noteOriginFault("failed chunk %d outside [%d, %d]".formatted(chunk, first, last));
    } else {
      layer.failed(this, chunk, cause);
    }
  }
}
