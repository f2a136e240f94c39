package dev.sluice.registry;

import java.util.concurrent.atomic.AtomicInteger;

/** Keeps retries of one client below a share of its successes, so that it never makes a storm. */
final class RetryBudget {
  private static final int RETRY_COSTS = 10;

  private final int limit;
  private final AtomicInteger left;

  RetryBudget(int retries) {
    limit = retries * RETRY_COSTS;
    left = new AtomicInteger(limit);
  }

  void succeeded() {
    left.getAndUpdate(now -> Math.min(limit, now + 1));
  }

  /** Whether one more retry may be made; takes it. */
  boolean take() {
    return left.getAndUpdate(now -> now < RETRY_COSTS ? now : now - RETRY_COSTS) >= RETRY_COSTS;
  }
}
