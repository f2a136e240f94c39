package dev.sluice.face;

import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The mounts that an earlier process has left in a directory, each at a path that is a layer's
 * number, until they are adopted or taken away.
 */
final class EarlierMounts {
  /** Sources by directory. */
  private final Map<Path, String> sources = new ConcurrentHashMap<>();

  private final FaceCounters counters;

  /** Finds them; touches none. */
  EarlierMounts(Path directory, FaceCounters counters) throws IOException {
    this.counters = counters;
    Map<Path, List<MountEntry>> found =
        Mounts.below(directory).stream()
            .collect(Collectors.groupingBy(entry -> Path.of(entry.directory())));
    found.forEach((at, entries) -> {
      MountEntry top = entries.getFirst();
      boolean ours = top.type().equals("erofs") && at.getNameCount() == depth(directory);
      if (ours && entries.size() == 1) {
        sources.put(at, top.source());
      } else {
        entries.forEach(_ -> ErofsMounts.unmount(at));
      }
    });
  }

  private static int depth(Path directory) {
    return directory.getNameCount() + 1;
  }

  /** Whether the mount that is wanted is there: it is the caller's from now on. */
  boolean adopt(Path at, Path image) {
    String source = sources.remove(at);
    if (source == null) {
      return false;
    }
    if (source.equals(image.toString())) {
      counters.adopted.increment();
      return true;
    }
    ErofsMounts.unmount(at);
    return false;
  }

  /** Takes away one that nobody wants, if it is there. */
  void drop(Path at) {
    if (sources.remove(at) != null) {
      ErofsMounts.unmount(at);
    }
  }

  /** Takes away all that were not adopted. */
  void dropAll() {
    Set.copyOf(sources.keySet()).forEach(this::drop);
  }
}
