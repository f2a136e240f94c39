package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the embedded registry was asked for and what it sent. Read from any thread. */
public final class Traffic {
  private static final int LOG_LIMIT = 100_000;

  private final Map<RequestKind, LongAdder> requests = new ConcurrentHashMap<>();
  private final Map<Digest, LongAdder> blobBytes = new ConcurrentHashMap<>();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final List<Entry> log = new ArrayList<>();

  Traffic() {}

  /**
   * @param status 0 if the connection was dropped without an answer
   * @param bytes of the body
   */
  public record Entry(Seen seen, int status, long bytes) {}

  public long requests() {
    return requests.values().stream().mapToLong(LongAdder::sum).sum();
  }

  public long requests(RequestKind kind) {
    LongAdder count = requests.get(kind);
    return count == null ? 0 : count.sum();
  }

  /** Bytes of all bodies that were sent. */
  public long bytesSent() {
    return bytes.sum();
  }

  public long bytesSent(Digest blob) {
    LongAdder sent = blobBytes.get(blob);
    return sent == null ? 0 : sent.sum();
  }

  public long connections() {
    return connections.sum();
  }

  /** The first 100 000 requests since the last reset, in the order in which their answers ended. */
  public List<Entry> log() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  public void reset() {
    requests.clear();
    blobBytes.clear();
    bytes.reset();
    connections.reset();
    synchronized (log) {
      log.clear();
    }
  }

  void arrived(RequestKind kind) {
    requests.computeIfAbsent(kind, _ -> new LongAdder()).increment();
  }

  void connected() {
    connections.increment();
  }

  /** Bytes of a body go out, or, negative, didn't after all. */
  void sent(@Nullable Digest blob, long count) {
    bytes.add(count);
    if (blob != null) {
      blobBytes.computeIfAbsent(blob, _ -> new LongAdder()).add(count);
    }
  }

  void answered(Entry entry) {
    synchronized (log) {
      if (log.size() < LOG_LIMIT) {
        log.add(entry);
      }
    }
  }
}
