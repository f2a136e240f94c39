package dev.sluice.snapshot;

import java.util.NavigableMap;
import java.util.TreeMap;

/** All snapshots between two transactions; nobody changes it once others see it. */
final class State extends Records {
  static final State EMPTY = new State(new TreeMap<>(), 1);

  State(NavigableMap<String, Snapshot> snapshots, long next) {
    super(snapshots, next);
  }
}
