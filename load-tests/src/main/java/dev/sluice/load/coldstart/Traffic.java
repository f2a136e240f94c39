package dev.sluice.load.coldstart;

import java.util.List;

/**
 * What has crossed a link since its session began.
 *
 * @param down bytes that clients received, heads included
 * @param up bytes that they sent
 * @param exchanges in the order in which they were sent
 */
record Traffic(int connections, long down, long up, List<Exchange> exchanges) {
  int requests() {
    return exchanges.size();
  }

  /** Bytes of the answers whose path names one of these digests. */
  long bytesOf(List<String> digests) {
    return exchanges.stream()
        .filter(each -> digests.stream().anyMatch(digest -> each.path().contains(digest)))
        .mapToLong(Exchange::bytes)
        .sum();
  }

  /** What came after an earlier state of the same session. */
  Traffic since(Traffic earlier) {
    return new Traffic(
        connections - earlier.connections,
        down - earlier.down,
        up - earlier.up,
        exchanges.subList(earlier.exchanges.size(), exchanges.size()));
  }
}
