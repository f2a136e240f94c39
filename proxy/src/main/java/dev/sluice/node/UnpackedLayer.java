package dev.sluice.node;

import static java.util.Objects.requireNonNull;

import dev.sluice.fuse.linux.Xattrs;
import dev.sluice.layer.DirectoryAttributes;
import dev.sluice.layer.DirectoryStack.Answer;
import dev.sluice.layer.DirectoryStack.Below;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The directories of a layer that lies unpacked on disk. Blocks on the disk. */
record UnpackedLayer(Path root) implements Below {
  private static final String OVERLAY = "trusted.overlay.";
  private static final int TYPE_MASK = 0170000;
  private static final int DIRECTORY = 0040000;

  private record Stat(int mode, int uid, int gid, Instant modified) {}

  @Override
  public Answer directory(String path) {
    try {
      Path at = root;
      @Nullable Stat found = stat(at);
      boolean opaque = isOpaque(at);
      for (String part : path.isEmpty() ? new String[0] : path.split("/", -1)) {
        at = at.resolve(name(part));
        found = stat(at);
        if (found == null) {
          return opaque ? Answer.HIDDEN : Answer.ABSENT;
        }
        if ((found.mode & TYPE_MASK) != DIRECTORY) {
          return Answer.HIDDEN;
        }
        opaque |= isOpaque(at);
      }
      return found == null ? Answer.ABSENT : new Answer(attributes(at, found), false);
    } catch (IOException e) {
      throw new UncheckedIOException("look for directory " + path + " in " + root, e);
    }
  }

  /* Names are bytes; the JDK takes those of Linux as UTF-8 here (the launcher sees to it). One that
   * is not UTF-8 is not found, and its directory keeps what its own layer says. */
  private static String name(String raw) {
    return new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private static boolean isOpaque(Path directory) throws IOException {
    return Xattrs.get(directory, OVERLAY + "opaque") != null;
  }

  private static @Nullable Stat stat(Path path) throws IOException {
    try {
      Map<String, Object> found =
          Files.readAttributes(
              path, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
      return new Stat(
          (int) requireNonNull(found.get("mode")),
          (int) requireNonNull(found.get("uid")),
          (int) requireNonNull(found.get("gid")),
          ((FileTime) requireNonNull(found.get("lastModifiedTime"))).toInstant());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static DirectoryAttributes attributes(Path directory, Stat found) throws IOException {
    Map<String, byte[]> xattrs = new HashMap<>();
    for (String name : Xattrs.list(directory)) {
      byte[] value = name.startsWith(OVERLAY) ? null : Xattrs.get(directory, name);
      if (value != null) {
        xattrs.put(name, value);
      }
    }
    return new DirectoryAttributes(
        found.mode,
        found.uid,
        found.gid,
        found.modified.getEpochSecond(),
        found.modified.getNano(),
        xattrs);
  }
}
