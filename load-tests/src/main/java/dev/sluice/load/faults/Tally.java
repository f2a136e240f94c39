package dev.sluice.load.faults;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** What readers met. Used by many threads. */
final class Tally {
  final AtomicLong reads = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  final AtomicLong errors = new AtomicLong();
  final AtomicLong longestNanos = new AtomicLong();

  /** What may never be: wrong bytes, a read that does not end, a file that can't be read again. */
  final List<String> broken = new CopyOnWriteArrayList<>();

  void took(long nanos) {
    reads.incrementAndGet();
    longestNanos.accumulateAndGet(nanos, Math::max);
  }

  void add(Tally other) {
    reads.addAndGet(other.reads.get());
    bytes.addAndGet(other.bytes.get());
    errors.addAndGet(other.errors.get());
    longestNanos.accumulateAndGet(other.longestNanos.get(), Math::max);
    broken.addAll(other.broken);
  }
}
