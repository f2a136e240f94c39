package dev.sluice.load.coldstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The requests of a session as lines for people: milliseconds since the first was sent. */
final class TraceText {
  private TraceText() {}

  static List<String> lines(Traffic traffic) {
    List<String> lines = new ArrayList<>();
    lines.add("    sent    first     last conn     bytes request");
    if (traffic.exchanges().isEmpty()) {
      return lines;
    }
    long origin = traffic.exchanges().getFirst().sent();
    for (Exchange each : traffic.exchanges()) {
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
    return lines;
  }
}
