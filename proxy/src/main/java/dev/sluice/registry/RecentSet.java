package dev.sluice.registry;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What was learned of the world, so much of it and no more: beyond {@code most} the longest known
 * is forgotten, and learned again if need be. Safe for use by many threads.
 */
final class RecentSet<T> {
  private final int most;
  private final Set<T> known = new LinkedHashSet<>();

  RecentSet(int most) {
    this.most = most;
  }

  /** Whether it was not known. */
  synchronized boolean add(T one) {
    if (!known.add(one)) {
      return false;
    }
    if (known.size() > most) {
      known.remove(known.iterator().next());
    }
    return true;
  }

  synchronized boolean contains(T one) {
    return known.contains(one);
  }

  synchronized void remove(T one) {
    known.remove(one);
  }

  synchronized boolean isEmpty() {
    return known.isEmpty();
  }

  synchronized int size() {
    return known.size();
  }
}
