package dev.sluice.fuse;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Requests that a mount has answered, by operation. */
public final class FuseCounters {
  /** What was asked. */
  public enum Operation {
    LOOKUP,
    GETATTR,
    READLINK,
    READ,
    READDIR,
    XATTR,
    STATFS,
    OTHER
  }

  private final Map<Operation, LongAdder> requests = perOperation();
  private final Map<Operation, LongAdder> errors = perOperation();
  private final LongAdder bytesRead = new LongAdder();

  public void count(Operation operation) {
    of(requests, operation).increment();
  }

  public void countError(Operation operation) {
    of(errors, operation).increment();
  }

  public void countBytes(long bytes) {
    bytesRead.add(bytes);
  }

  public long requests(Operation operation) {
    return of(requests, operation).sum();
  }

  /** Answers with EIO; an absent name is no error. */
  public long errors(Operation operation) {
    return of(errors, operation).sum();
  }

  public long bytesRead() {
    return bytesRead.sum();
  }

  private static LongAdder of(Map<Operation, LongAdder> counts, Operation operation) {
    return Objects.requireNonNull(counts.get(operation));
  }

  private static Map<Operation, LongAdder> perOperation() {
    Map<Operation, LongAdder> counts = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      counts.put(operation, new LongAdder());
    }
    return counts;
  }
}
