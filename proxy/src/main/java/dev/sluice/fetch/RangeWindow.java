package dev.sluice.fetch;

/**
 * How many ranges one host is asked for at once: one more after each window that went well, half as
 * many when answers get slow or the host complains. Not thread-safe.
 */
final class RangeWindow {
  /*
   * The most is half of what the connection pool has, as lower lanes come on top of demand (see
   * HostQueue), and manifests and tokens want connections too.
   */
  static final int LEAST = 1;
  static final int START = 8;
  static final int MOST = 16;

  /** Answers are slow from this multiple of the round trip on, and a little. */
  private static final int SLOW = 4;

  private static final long SLOW_NANOS = 20_000_000;

  private int size = START;
  private int good;
  private boolean cut;
  private long cutNanos;

  int size() {
    return size;
  }

  /**
   * A range was brought.
   *
   * @param wasFull whether the window kept others waiting
   */
  void brought(long firstByte, long roundTrip, boolean wasFull, long now) {
    if (firstByte > SLOW * roundTrip + SLOW_NANOS) {
      troubled(roundTrip, now);
      return;
    }
    good++;
    if (good >= size) {
      good = 0;
      size = wasFull ? Math.min(MOST, size + 1) : size;
    }
  }

  /** The host was slow, failed or asked for patience. Once per round trip that says it all. */
  void troubled(long roundTrip, long now) {
    if (cut && now - cutNanos < roundTrip + SLOW_NANOS) {
      return;
    }
    cut = true;
    cutNanos = now;
    good = 0;
    size = Math.max(LEAST, size / 2);
  }
}
