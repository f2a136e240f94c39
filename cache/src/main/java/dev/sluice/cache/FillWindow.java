package dev.sluice.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The bytes that the fills of one lane may have on their way at once, all layers together. A chunk
 * is on its way until it is on disk, so that a fast origin can't outrun a slow disk.
 */
final class FillWindow {
  private final long bound;
  private final Deque<Fill> waiting = new ArrayDeque<>();
  private long used;

  FillWindow(long bound) {
    this.bound = bound;
  }

  long bound() {
    return bound;
  }

  /** Takes {@code bytes}, or notes that {@code fill} wants to go on later. */
  synchronized boolean tryTake(long bytes, Fill fill) {
    if (used > 0 && used + bytes > bound) {
      waiting.addLast(fill);
      return false;
    }
    used += bytes;
    return true;
  }

  void give(long bytes) {
    List<Fill> next;
    synchronized (this) {
      used -= bytes;
      next = List.copyOf(waiting);
      waiting.clear();
    }
    // Who finds no room waits again, in the same order.
    next.forEach(Fill::advance);
  }
}
