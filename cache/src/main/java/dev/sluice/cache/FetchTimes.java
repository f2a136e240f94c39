package dev.sluice.cache;

/**
 * Where the time went in which a chunk was brought, in nanoseconds.
 *
 * @param queue until its bytes were asked for: a place in a lane, memory, a connection
 * @param network until its last byte was there
 * @param verify until its digest was known to be right, waiting for a worker included
 * @param inflate until it could be read
 */
public record FetchTimes(long queue, long network, long verify, long inflate) {
  public long total() {
    return queue + network + verify + inflate;
  }

  /** What of it fell into the last {@code nanos}: a reader may have come when it was under way. */
  public FetchTimes last(long nanos) {
    long left = Math.max(0, nanos);
    long ofInflate = Math.min(left, inflate);
    left -= ofInflate;
    long ofVerify = Math.min(left, verify);
    left -= ofVerify;
    long ofNetwork = Math.min(left, network);
    left -= ofNetwork;
    return new FetchTimes(Math.min(left, queue), ofNetwork, ofVerify, ofInflate);
  }
}
