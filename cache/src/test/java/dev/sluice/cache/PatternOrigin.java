package dev.sluice.cache;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.IntPredicate;

/** An origin that computes its chunks, on an executor, and remembers what it was asked. */
class PatternOrigin implements Origin {
  final Pattern pattern;
  final ChunkMap map;
  final Executor executor;
  final List<Fetch> fetches = new CopyOnWriteArrayList<>();
  final List<String> promotions = new CopyOnWriteArrayList<>();
  volatile IntPredicate failing = chunk -> false;
  volatile long longest = 32L << 20;

  record Fetch(int first, int last, Lane lane) {}

  PatternOrigin(LayerKey key, ChunkMap map, Executor executor) {
    this.pattern = Pattern.of(key);
    this.map = map;
    this.executor = executor;
  }

  PatternOrigin(LayerKey key, ChunkMap map) {
    this(key, map, Runnable::run);
  }

  @Override
  public void fetch(int first, int last, Lane lane, Sink sink) {
    fetches.add(new Fetch(first, last, lane));
    executor.execute(() -> {
      for (int chunk = first; chunk <= last; chunk++) {
        bring(chunk, sink);
      }
    });
  }

  void bring(int chunk, Sink sink) {
    if (failing.test(chunk)) {
      sink.failed(chunk, new IOException("made to fail"));
    } else {
      sink.arrived(chunk, pattern.chunk(map, chunk));
    }
  }

  @Override
  public long longestFetch() {
    return longest;
  }

  @Override
  public void promote(int chunk, Lane lane) {
    promotions.add(chunk + " " + lane);
  }

  int chunksAsked() {
    return fetches.stream().mapToInt(fetch -> fetch.last() - fetch.first() + 1).sum();
  }
}
