package dev.sluice.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An origin that answers when the test says so. */
class HeldOrigin extends PatternOrigin {
  final List<Sink> sinks = new CopyOnWriteArrayList<>();

  HeldOrigin(LayerKey key, ChunkMap map) {
    super(key, map);
  }

  @Override
  public void fetch(int first, int last, Lane lane, Sink sink) {
    sinks.add(sink);
    fetches.add(new Fetch(first, last, lane));
  }

  /** Answers one chunk of the n-th fetch. */
  void answer(int fetch, int chunk) {
    bring(chunk, sinks.get(fetch));
  }
}
