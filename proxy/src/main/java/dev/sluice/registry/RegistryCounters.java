package dev.sluice.registry;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts what clients do. Read from any thread. */
public final class RegistryCounters implements RegistryObserver {
  /** The methods that the client uses; labels of metrics need to be few and known. */
  public static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH");

  /** Classes of statuses: 2 for 2xx and so on, 0 for no answer. */
  private static final int CLASSES = 6;

  private final Map<String, LongAdder[]> requests = new HashMap<>();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder throttled = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final Map<FailoverReason, LongAdder> failovers = new EnumMap<>(FailoverReason.class);
  private final LongAdder breakersOpened = new LongAdder();
  private final LongAdder breakersClosed = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private final LongAdder tokenFailures = new LongAdder();

  public RegistryCounters() {
    for (FailoverReason reason : FailoverReason.values()) {
      failovers.put(reason, new LongAdder());
    }
    for (String method : METHODS) {
      requests.put(
          method, Stream.generate(LongAdder::new).limit(CLASSES).toArray(LongAdder[]::new));
    }
  }

  /** HTTP requests that have ended, those for tokens included. */
  public long requests() {
    return requests.values().stream().flatMap(Arrays::stream).mapToLong(LongAdder::sum).sum();
  }

  /**
   * HTTP requests by one of {@link #METHODS} that ended with a status of one class.
   *
   * @param statusClass 2 for 2xx and so on; 0 if no answer came
   */
  public long requests(String method, int statusClass) {
    return counter(method, statusClass).sum();
  }

  private LongAdder counter(String method, int statusClass) {
    LongAdder[] classes = requests.getOrDefault(method, requests.get("GET"));
    return Objects.requireNonNull(classes)[statusClass < CLASSES ? statusClass : 0];
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

  /** How often the next host of a registry was asked for this reason. */
  public long failovers(FailoverReason reason) {
    return Objects.requireNonNull(failovers.get(reason)).sum();
  }

  /** How often a registry was taken for dead. */
  public long breakersOpened() {
    return breakersOpened.sum();
  }

  /** How many registries are taken for dead now. */
  public long breakersOpen() {
    return Math.max(0, breakersOpened.sum() - breakersClosed.sum());
  }

  /** Tokens asked for, with or without success. */
  public long tokenRefreshes() {
    return tokens.sum();
  }

  /** Tokens asked for in vain. */
  public long tokenFailures() {
    return tokenFailures.sum();
  }

  @Override
  public void requestFinished(String method, int statusClass, long bytes, Duration duration) {
    counter(method, statusClass).increment();
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
  public void failedOver(FailoverReason reason) {
    Objects.requireNonNull(failovers.get(reason)).increment();
  }

  @Override
  public void breakerOpen(String host, boolean open) {
    (open ? breakersOpened : breakersClosed).increment();
  }

  @Override
  public void tokenRefreshed(boolean gotOne) {
    tokens.increment();
    if (!gotOne) {
      tokenFailures.increment();
    }
  }
}
