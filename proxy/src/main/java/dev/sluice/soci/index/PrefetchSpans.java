package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A prefetch artifact: the spans of a layer that a container will need at once.
 *
 * @param ranges never empty
 */
public record PrefetchSpans(List<Range> ranges) {
  private static final String VERSION = "1.0";
  private static final int MAX_BYTES = 4 << 20;

  /**
   * Spans by their number in the ztoc, both ends included.
   *
   * @param priority lower is more urgent, 0 if none was given
   */
  public record Range(int first, int last, int priority) {}

  /**
   * @param document names the document in errors
   * @throws SluiceException CORRUPT if malformed, UNSUPPORTED if of another version
   */
  public static PrefetchSpans parse(String document, byte[] json) {
    JsonObject o = JsonObject.parse(document, json, MAX_BYTES);
    String version = o.string("version");
    if (!version.equals(VERSION)) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "parse %s: its version is '%s', not %s".formatted(document, version, VERSION));
    }
    var ranges = new ArrayList<Range>();
    for (JsonObject span : o.objects("prefetch_spans")) {
      int first = number(span, "start_span");
      int last = number(span, "end_span");
      if (last < first) {
        throw span.invalid("end_span", last + " is before start_span " + first);
      }
      ranges.add(new Range(first, last, priority(span)));
    }
    if (ranges.isEmpty()) {
      throw o.invalid("prefetch_spans", "there are none");
    }
    return new PrefetchSpans(List.copyOf(ranges));
  }

  private static int priority(JsonObject span) {
    long value = span.integer("priority");
    return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private static int number(JsonObject span, String name) {
    long value = span.integer(name);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw span.invalid(name, value + " is no span");
    }
    return (int) value;
  }

  /** Sorted; ranges that overlap or touch become one. */
  static PrefetchSpans merged(List<Range> ranges) {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(Range::first).thenComparingInt(Range::last));
    var merged = new ArrayList<Range>();
    for (Range range : sorted) {
      if (!merged.isEmpty() && range.first <= merged.getLast().last + 1L) {
        Range before = merged.removeLast();
        merged.add(new Range(before.first, Math.max(before.last, range.last), before.priority));
      } else {
        merged.add(range);
      }
    }
    return new PrefetchSpans(List.copyOf(merged));
  }

  /** The canonical bytes. */
  public byte[] write() {
    var w = new JsonWriter();
    w.beginObject().name("version").value(VERSION).name("prefetch_spans").beginArray();
    for (Range range : ranges) {
      w.beginObject().name("start_span").value(range.first).name("end_span").value(range.last);
      if (range.priority != 0) {
        w.name("priority").value(range.priority);
      }
      w.endObject();
    }
    return w.endArray().endObject().toBytes();
  }
}
