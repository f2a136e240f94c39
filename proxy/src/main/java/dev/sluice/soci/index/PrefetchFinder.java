package dev.sluice.soci.index;

import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.Ztoc;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the spans of files that a user wants prefetched. */
final class PrefetchFinder {
  private final Set<String> paths;

  /**
   * @param paths as the user wrote them
   */
  PrefetchFinder(List<String> paths) {
    this.paths = new LinkedHashSet<>();
    paths.forEach(path -> this.paths.add(LayerPath.clean(path)));
  }

  /** The paths without a leading slash, {@code .}, {@code ..} and doubled slashes. */
  Set<String> paths() {
    return paths;
  }

  /** The spans of those files that a layer holds, first entry of each name. */
  Map<String, PrefetchSpans.Range> in(Ztoc ztoc) {
    var found = new HashMap<String, PrefetchSpans.Range>();
    if (paths.isEmpty() || ztoc.spans().count() == 0) {
      return found;
    }
    var wanted = new HashSet<>(paths);
    for (TocEntry entry : ztoc.entries()) {
      String name = entry.nameText();
      // Some tools write ./etc/passwd, which is the same file.
      String path = wanted.contains(name) ? name : LayerPath.clean(name);
      if (wanted.remove(path)) {
        found.put(path, spans(ztoc.spans(), entry));
      }
    }
    return found;
  }

  /* AWS's builder counts the span of the first byte behind the file too; so do we, so that the
   * artifacts are the same. */
  private static PrefetchSpans.Range spans(SpanTable spans, TocEntry entry) {
    long[] starts = spans.uncompressedStarts();
    int first = spanOf(starts, entry.offset());
    int last = Math.max(first, spanOf(starts, entry.offset() + entry.size()));
    return new PrefetchSpans.Range(spans.numberOf(first), spans.numberOf(last), 0);
  }

  private static int spanOf(long[] starts, long offset) {
    int at = Arrays.binarySearch(starts, offset);
    return Math.max(0, at >= 0 ? at : -at - 2);
  }
}
