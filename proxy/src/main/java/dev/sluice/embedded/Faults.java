package dev.sluice.embedded;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The faults that the next requests will meet, in the order in which they were planned. */
public final class Faults {
  private final CopyOnWriteArrayList<Plan> plans = new CopyOnWriteArrayList<>();

  private final LongAdder met = new LongAdder();

  Faults() {}

  /** The next {@code times} requests that {@code when} accepts meet {@code fault}. */
  public void plan(int times, Predicate<Seen> when, Fault fault) {
    plans.add(new Plan(when, fault, new AtomicInteger(times)));
  }

  /** The next {@code times} requests for bytes of a blob, here or at the second origin. */
  public void planBlob(int times, Fault fault) {
    plan(
        times,
        seen ->
            seen.method().equals("GET")
                && (seen.kind() == RequestKind.BLOB || seen.kind() == RequestKind.STORAGE),
        fault);
  }

  public void clear() {
    plans.clear();
  }

  /** How many requests have met a fault. */
  public long met() {
    return met.sum();
  }

  /** Whether every planned fault has been met. */
  public boolean allMet() {
    return plans.stream().allMatch(plan -> plan.left.get() <= 0);
  }

  @Nullable Fault next(Seen seen) {
    for (Plan plan : plans) {
      if (plan.left.get() > 0 && plan.when.test(seen)) {
        plan.left.decrementAndGet();
        met.increment();
        return plan.fault;
      }
    }
    return null;
  }

  private record Plan(Predicate<Seen> when, Fault fault, AtomicInteger left) {}
}
