package dev.sluice.fetch;

/** Runs things later, one at a time. */
interface Timers extends AutoCloseable {
  void after(long nanos, Runnable task);

  /** What has not begun never runs. */
  @Override
  void close();
}
