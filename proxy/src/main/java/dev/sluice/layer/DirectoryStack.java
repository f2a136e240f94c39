package dev.sluice.layer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories of some layers on top of each other, as overlayfs would show them.
 *
 * @param nearestFirst the topmost layer first
 */
public record DirectoryStack(List<Below> nearestFirst) {
  /** One layer, seen from those above it. */
  public interface Below {
    /**
     * @param path from the root, raw bytes as ISO 8859-1, without slashes at the ends; "" is the
     *     root
     */
    Answer directory(String path);
  }

  /**
   * What one layer says of a path.
   *
   * @param attributes null if the layer has no directory there
   * @param further whether layers below may have one that shows
   */
  public record Answer(@Nullable DirectoryAttributes attributes, boolean further) {
    /** The layer says nothing of the path. */
    public static final Answer ABSENT = new Answer(null, true);

    /** The layer has something else there, or hides what is below. */
    public static final Answer HIDDEN = new Answer(null, false);
  }

  /** The directory at a path, null if none shows. */
  public @Nullable DirectoryAttributes directory(String path) {
    for (Below layer : nearestFirst) {
      Answer answer = layer.directory(path);
      if (answer.attributes() != null || !answer.further()) {
        return answer.attributes();
      }
    }
    return null;
  }
}
