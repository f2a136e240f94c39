package dev.sluice.cache;

import java.io.IOException;

/** The origin of an adopted layer: a chunk that its file lost is lost. */
record NoOrigin(LayerKey key) implements Origin {
  @Override
  public void fetch(int first, int last, Lane lane, Sink sink) {
    for (int chunk = first; chunk <= last; chunk++) {
      sink.failed(
          chunk,
          new IOException(
              "read layer %s: chunk %d is lost on disk and the layer has no origin; unpack it again"
                  .formatted(key, chunk)));
    }
  }
}
