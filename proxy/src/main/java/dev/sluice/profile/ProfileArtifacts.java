package dev.sluice.profile;

import dev.sluice.oci.Digest;
import dev.sluice.soci.index.PrefetchSpans;
import dev.sluice.soci.ztoc.SpanTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a profile into SOCI prefetch artifacts, one for each layer. Priorities keep the order in
 * which layers are read in turn, which the artifacts by themselves do not.
 */
public final class ProfileArtifacts {
  private final Map<Digest, List<PrefetchSpans.Range>> ranges = new LinkedHashMap<>();
  private final Map<Digest, BitSet> taken = new HashMap<>();
  private @Nullable Digest last;
  private int turn;

  private ProfileArtifacts() {}

  /**
   * @param spans of a layer by its digest; null for a layer without a ztoc, which is left out
   */
  public static Map<Digest, PrefetchSpans> of(
      Profile profile, Function<Digest, @Nullable SpanTable> spans) {
    ProfileArtifacts artifacts = new ProfileArtifacts();
    Map<Digest, SpanTable> tables = new HashMap<>();
    for (ProfileEntry entry : profile.likely()) {
      SpanTable table = tables.get(entry.layer());
      if (table == null) {
        table = spans.apply(entry.layer());
        if (table == null) {
          continue;
        }
        tables.put(entry.layer(), table);
      }
      artifacts.add(entry, table);
    }
    Map<Digest, PrefetchSpans> all = new LinkedHashMap<>();
    artifacts.ranges.forEach((layer, of) -> all.put(layer, new PrefetchSpans(List.copyOf(of))));
    return all;
  }

  private void add(ProfileEntry entry, SpanTable table) {
    long[] starts = table.uncompressedStarts();
    if (table.count() == 0 || entry.from() >= table.uncompressedEnd(table.count() - 1)) {
      return;
    }
    BitSet known = taken.computeIfAbsent(entry.layer(), _ -> new BitSet());
    for (int span = indexOf(starts, entry.from());
        span <= indexOf(starts, entry.to() - 1);
        span++) {
      if (!known.get(span)) {
        known.set(span);
        append(entry.layer(), table.numberOf(span));
      }
    }
  }

  private static int indexOf(long[] starts, long offset) {
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  private void append(Digest layer, int number) {
    List<PrefetchSpans.Range> of = ranges.computeIfAbsent(layer, _ -> new ArrayList<>());
    if (layer.equals(last) && of.getLast().last() + 1 == number) {
      PrefetchSpans.Range before = of.removeLast();
      of.add(new PrefetchSpans.Range(before.first(), number, before.priority()));
      return;
    }
    of.add(new PrefetchSpans.Range(number, number, ++turn));
    last = layer;
  }
}
