package dev.sluice.soci.index;

import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.Ztoc;
import java.util.ArrayDeque;
import java.util.Optional;

/** Paths in images, whichever way users and tar files write them. */
public final class LayerPath {
  private LayerPath() {}

  /** Without leading slash, {@code .}, {@code ..} and doubled slashes: {@code etc/passwd}. */
  public static String clean(String path) {
    var parts = new ArrayDeque<String>();
    for (String part : path.split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> parts.pollLast();
        default -> parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  /** The entry that a path names in one layer: of several the last, which is the one that stays. */
  public static Optional<TocEntry> find(Ztoc ztoc, String path) {
    String wanted = clean(path);
    return ztoc.entries().reversed().stream()
        .filter(entry -> clean(entry.nameText()).equals(wanted))
        .findFirst();
  }
}
