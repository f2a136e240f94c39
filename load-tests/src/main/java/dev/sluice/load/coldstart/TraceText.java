package dev.sluice.load.coldstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The requests of a session as lines for people: milliseconds since the pull command. */
final class TraceText {
  private TraceText() {}

  /**
   * @param origin the {@code nanoTime} of the pull command
   * @param marks what else happened, by {@code nanoTime}
   */
  static List<String> lines(Traffic traffic, long origin, NavigableMap<Long, String> marks) {
    NavigableMap<Long, String> left = new TreeMap<>(marks);
    List<String> lines = new ArrayList<>();
    lines.add("    sent    first     last conn     bytes request");
    for (Exchange each : traffic.exchanges()) {
      while (!left.isEmpty() && left.firstKey() < each.sent()) {
        lines.add(mark(left.pollFirstEntry(), origin));
      }
      lines.add(
          String.format(
              Locale.ROOT,
              "%8.1f %8.1f %8.1f %4d %9d %d %s %s %s",
              (each.sent() - origin) / 1e6,
              each.firstByte() == 0 ? -1 : (each.firstByte() - origin) / 1e6,
              each.lastByte() == 0 ? -1 : (each.lastByte() - origin) / 1e6,
              each.connection(),
              each.bytes(),
              each.status(),
              each.method(),
              each.path().replaceAll("\\?.*", "?…"),
              each.range() == null ? "" : each.range()));
    }
    left.entrySet().forEach(mark -> lines.add(mark(mark, origin)));
    return lines;
  }

  private static String mark(Map.Entry<Long, String> mark, long origin) {
    return String.format(
        Locale.ROOT, "%8.1f ---- %s", (mark.getKey() - origin) / 1e6, mark.getValue());
  }
}
