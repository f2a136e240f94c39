package dev.sluice.pull;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories of the layers below one that is claimed. A directory that the layer's tar holds
 * no entry for takes the attributes that it has there.
 */
@FunctionalInterface
public interface Directories {
  /** Nothing is below: the layer is the lowest one, so that its whiteouts have nothing to hide. */
  Directories NONE = path -> null;

  /**
   * What the directory has in the nearest layer below that holds anything of that name.
   *
   * @param path components with slashes between them; empty for the root. Symbolic links in it, the
   *     last component too, are resolved within the layer
   * @return null if no layer holds it, or the nearest that does holds no directory
   */
  @Nullable DirectoryAttributes attributes(byte[] path);

  /**
   * Layers that lie unpacked on disk.
   *
   * @param nearestFirst their root directories; without any it is {@link #NONE}
   */
  static Directories unpacked(List<Path> nearestFirst) {
    return nearestFirst.isEmpty() ? NONE : new UnpackedDirectories(nearestFirst);
  }
}
