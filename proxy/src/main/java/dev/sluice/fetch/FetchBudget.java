package dev.sluice.fetch;

import dev.sluice.cache.Lane;

/**
 * Bounds the memory of all fetches of the node. Lower lanes may fill it only in part, so that there
 * is room for a fetch that somebody waits for. A fetch larger than its part goes alone.
 */
final class FetchBudget {
  private final long limit;
  private long used;

  /**
   * @param limit bytes that fetches may hold together
   */
  FetchBudget(long limit) {
    this.limit = limit;
  }

  /** Takes {@code bytes} if they fit. */
  synchronized boolean tryAcquire(Lane lane, long bytes) {
    if (used > 0 && used + bytes > limit(lane)) {
      return false;
    }
    used += bytes;
    return true;
  }

  synchronized void release(long bytes) {
    used -= bytes;
  }

  /** Bytes that fetches hold now. */
  synchronized long used() {
    return used;
  }

  private long limit(Lane lane) {
    return switch (lane) {
      case DEMAND -> limit;
      case HINT -> limit / 4 * 3;
      case BACKGROUND -> limit / 2;
    };
  }
}
