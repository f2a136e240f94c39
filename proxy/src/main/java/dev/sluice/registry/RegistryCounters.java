package dev.sluice.registry;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Counts what clients do. Read from any thread. */
public final class RegistryCounters implements RegistryObserver {
  private final LongAdder requests = new LongAdder();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder throttled = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder tokens = new LongAdder();

  /** HTTP requests that have ended, those for tokens included. */
  public long requests() {
    return requests.sum();
  }

  /** Bytes of bodies. */
  public long receivedBytes() {
    return receivedBytes.sum();
  }

  /** Answers that said that the registry is asked too often. */
  public long throttledAnswers() {
    return throttled.sum();
  }

  public long retries() {
    return retries.sum();
  }

  /** Tokens asked for, with or without success. */
  public long tokenRefreshes() {
    return tokens.sum();
  }

  @Override
  public void requestFinished(String method, int statusClass, long bytes, Duration duration) {
    requests.increment();
  }

  @Override
  public void received(int bytes) {
    receivedBytes.add(bytes);
  }

  @Override
  public void throttled() {
    throttled.increment();
  }

  @Override
  public void retried() {
    retries.increment();
  }

  @Override
  public void tokenRefreshed(boolean gotOne) {
    tokens.increment();
  }
}
