package dev.sluice.cache;

/** Where the chunks of one layer come from when no tier has them. */
public interface Origin {
  /**
   * Fetches the chunks {@code first..last} (both included) and hands each to {@code sink} as soon
   * as its own bytes have arrived and are verified, in any order, from any thread.
   *
   * <p>Must not block and must end in bounded time: for every chunk of the interval exactly one
   * call of the sink, {@code arrived} or {@code failed}.
   */
  void fetch(int first, int last, Lane lane, Sink sink);

  /**
   * The longest interval worth one fetch, in decompressed bytes; the cache splits longer misses.
   */
  default long longestFetch() {
    return 32L << 20;
  }

  /** Takes what a fetch brings. */
  interface Sink {
    /** The chunk, whose one hold passes to the sink. */
    void arrived(int chunk, VerifiedChunk bytes);

    /** The chunk can't be had now; a later read will ask again. */
    void failed(int chunk, Throwable cause);
  }
}
