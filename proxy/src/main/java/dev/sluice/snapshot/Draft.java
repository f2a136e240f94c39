package dev.sluice.snapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** A transaction: all snapshots as they will be, and what was done to come there. */
final class Draft extends Records {
  private final List<Snapshot> put = new ArrayList<>();
  private final List<String> gone = new ArrayList<>();
  private final LongSupplier ids;
  private boolean tookId;

  /**
   * @param ids gives each number once, also if the transaction fails
   */
  Draft(Records now, LongSupplier ids) {
    super(new TreeMap<>(now.snapshots), now.next);
    this.ids = ids;
  }

  long newId() {
    long id = ids.getAsLong();
    next = id + 1;
    tookId = true;
    return id;
  }

  void put(Snapshot snapshot) {
    snapshots.put(snapshot.name(), snapshot);
    put.add(snapshot);
  }

  void remove(String name) {
    snapshots.remove(name);
    gone.add(name);
  }

  /** What is to be written; the order is: gone, then put. */
  Change change() {
    return new Change(next, List.copyOf(gone), List.copyOf(put));
  }

  boolean changesNothing() {
    return put.isEmpty() && gone.isEmpty() && !tookId;
  }
}
