package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.Attribute;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What has to be remembered of a layer while it is unpacked: its directories, whose attributes are
 * set last as each new file in them would change their time, and its whiteouts.
 */
final class DirectoryLog {
  /** What all records may take together, about. */
  private static final long LIMIT_BYTES = 128L << 20;

  private static final long RECORD_BYTES = 160;

  /** By resolved path; a value of null stands for a directory that the tar only implies. */
  private final Map<String, @Nullable DirectoryAttributes> directories = new LinkedHashMap<>();

  private final Set<String> whiteouts = new HashSet<>();
  private final Set<String> opaque = new HashSet<>();
  private long bytes;

  DirectoryLog() {
    directories.put("", null);
  }

  /** A directory that was made because something is in it. */
  void implied(String path) {
    account(path.length());
    directories.put(path, null);
  }

  /** A directory with an entry; the last entry counts. */
  void explicit(String path, DirectoryAttributes attributes) {
    long xattrs = 0;
    for (Attribute attribute : attributes.xattrs()) {
      xattrs += RECORD_BYTES + attribute.key().length + attribute.value().length;
    }
    account(path.length() + xattrs);
    directories.put(path, attributes);
  }

  void whiteout(String path) {
    account(path.length());
    whiteouts.add(path);
  }

  void opaque(String path) {
    account(path.length());
    opaque.add(path);
  }

  /** The directory is no more. */
  void removed(String path) {
    directories.remove(path);
    opaque.remove(path);
  }

  void eachExplicit(BiConsumer<String, DirectoryAttributes> action) {
    directories.forEach((path, attributes) -> {
      if (attributes != null) {
        action.accept(path, attributes);
      }
    });
  }

  /** What must be known until the layer is claimed. */
  Kept kept() {
    List<String> implied = new ArrayList<>();
    directories.forEach((path, attributes) -> {
      if (attributes == null) {
        implied.add(path);
      }
    });
    return new Kept(List.copyOf(implied), List.copyOf(whiteouts), List.copyOf(opaque));
  }

  /** Resolved paths, bytes as characters. */
  record Kept(List<String> implied, List<String> whiteouts, List<String> opaque) {}

  private void account(long of) {
    bytes += RECORD_BYTES + of;
    if (bytes > LIMIT_BYTES) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "unpack: its directories take more than %d MiB to remember".formatted(LIMIT_BYTES >> 20));
    }
  }
}
