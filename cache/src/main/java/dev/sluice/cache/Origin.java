package dev.sluice.cache;

import org.jspecify.annotations.Nullable;

/** Where the chunks of one layer come from when no tier has them. */
public interface Origin {
  /**
   * Fetches the chunks {@code first..last} (both included) and hands each to {@code sink} as soon
   * as its own bytes have arrived and are verified, in any order, from any thread.
   *
   * <p>Must not block and must end in bounded time: for every chunk of the interval exactly one
   * call of the sink, {@code arrived} or {@code failed}.
   *
   * <p>The cache contains an origin that breaks this: a second answer is ignored; a chunk of a
   * wrong length fails; a chunk outside the interval is ignored; what this method throws fails the
   * chunks not yet answered; a chunk never answered fails after {@link CacheOptions#originDeadline}
   * (15 times that while nobody waits in {@link Lane#DEMAND}), and its answer is ignored
   * afterwards.
   */
  void fetch(int first, int last, Lane lane, Sink sink);

  /**
   * The longest interval worth one fetch, in decompressed bytes; the cache splits longer misses.
   */
  default long longestFetch() {
    return 32L << 20;
  }

  /**
   * Says that {@code chunk}, asked for in a lower lane and not yet brought, is now wanted in {@code
   * lane}. Must not block; may come for a chunk that has just been brought.
   */
  default void promote(int chunk, Lane lane) {}

  /**
   * Where the time went when it last brought {@code chunk}; null if it does not know (any more).
   */
  default @Nullable FetchTimes times(int chunk) {
    return null;
  }

  /** Takes what a fetch brings. */
  interface Sink {
    /** The chunk, whose one hold passes to the sink. */
    void arrived(int chunk, VerifiedChunk bytes);

    /** The chunk can't be had now; a later read will ask again. */
    void failed(int chunk, Throwable cause);
  }
}
