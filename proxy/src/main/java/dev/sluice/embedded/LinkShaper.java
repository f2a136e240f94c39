package dev.sluice.embedded;

import io.vertx.core.Vertx;

/** Plays a {@link Link}: says when a byte that is sent now would have arrived. */
final class LinkShaper {
  /*
   * A virtual clock. `nextFree` is when the wire has carried all that was reserved so far; a chunk
   * reserves its own time behind it. Responses reserve one chunk at a time and the next only when
   * that has left, so connections share the rate in turn. Timers fire up to a millisecond late; the
   * clock may therefore lag behind the present by SLACK, and the rate is right over any time
   * longer than that. What is not played: slow start, loss, the upstream rate.
   */
  private static final long SLACK_NANOS = 4_000_000;
  private static final long SHORTEST_TIMER_NANOS = 500_000;

  private final Vertx vertx;
  private Link link;
  private long nextFree = System.nanoTime();

  LinkShaper(Vertx vertx, Link link) {
    this.vertx = vertx;
    this.link = link;
  }

  /** From now on the link is another. */
  void link(Link other) {
    link = other;
  }

  boolean shaped() {
    return link.shaped();
  }

  /** Runs {@code action} when {@code roundTrips} round trips have passed. */
  void afterRoundTrips(int roundTrips, Runnable action) {
    after(link.roundTrip().toNanos() * roundTrips, action);
  }

  /** Runs {@code action} when the wire has carried {@code bytes} more. */
  void afterSending(int bytes, Runnable action) {
    if (link.bitsPerSecond() == 0) {
      action.run();
      return;
    }
    long now = System.nanoTime();
    nextFree = Math.max(nextFree, now - SLACK_NANOS);
    nextFree += (long) (bytes * 8e9 / link.bitsPerSecond());
    after(nextFree - now, action);
  }

  private void after(long nanos, Runnable action) {
    if (nanos < SHORTEST_TIMER_NANOS) {
      action.run();
    } else {
      vertx.setTimer(Math.max(1, Math.round(nanos / 1e6)), _ -> action.run());
    }
  }
}
