package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path of the host as a path in a container or layer of Sluice's, found by the table of mounts.
 *
 * @param snapshot number of the topmost snapshot
 * @param path in it
 * @param written whether the container has written the file itself
 */
record HostPath(String snapshot, String path, boolean written) {
  private static final Pattern UPPER = Pattern.compile("(?:^|,)upperdir=((?:[^,\\\\]|\\\\.)*)");
  private static final Pattern LOWER =
      Pattern.compile("(?:^|,)lowerdir\\+?=((?:[^,:\\\\]|\\\\.)*)");

  /** An image of names: what EROFS mounts have as their source. */
  private static final Pattern NAMES = Pattern.compile(".*/(\\d{1,9})-v\\d+-[0-9a-f]{64}");

  private static final Pattern NUMBER = Pattern.compile(".*/(\\d{1,9})(?:/fs)?$");

  /**
   * @throws SluiceException NOT_FOUND if it lies in no container of Sluice's
   */
  static HostPath of(Path file) {
    Path path = file.toAbsolutePath().normalize();
    try {
      return of(path, Mounts.list());
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read the table of mounts: " + e.getMessage(), e);
    }
  }

  /**
   * @param mounts oldest first
   */
  static HostPath of(Path path, List<MountEntry> mounts) {
    MountEntry at = null;
    for (MountEntry mount : mounts) {
      Path directory = Path.of(mount.directory());
      boolean nearer =
          at == null || directory.getNameCount() >= Path.of(at.directory()).getNameCount();
      if (path.startsWith(directory) && nearer) {
        at = mount;
      }
    }
    if (at == null) {
      throw noContainers(path);
    }
    if (at.type().equals("overlay")) {
      return inOverlay(path, at);
    }
    // A part of a file system may be mounted elsewhere, as for a view of one layer.
    Path inside = Path.of(at.root()).resolve(Path.of(at.directory()).relativize(path)).normalize();
    Matcher names = NAMES.matcher(at.source());
    if (at.type().equals("erofs") && names.matches()) {
      return new HostPath(names.group(1), inside.toString(), false);
    }
    if (at.type().equals("fuse.sluice") && inside.getNameCount() > 1) {
      String number = inside.getName(0).toString();
      if (number.matches("\\d{1,9}")) {
        return new HostPath(number, "/" + inside.subpath(1, inside.getNameCount()), false);
      }
    }
    throw noContainers(path);
  }

  private static HostPath inOverlay(Path path, MountEntry at) {
    String inside = "/" + Path.of(at.directory()).relativize(path);
    Matcher upper = UPPER.matcher(at.superOptions());
    if (upper.find()) {
      Path top = Path.of(upper.group(1));
      boolean written = Files.exists(top.resolve(inside.substring(1)), LinkOption.NOFOLLOW_LINKS);
      return new HostPath(number(path, upper.group(1)), inside, written);
    }
    Matcher lower = LOWER.matcher(at.superOptions());
    if (lower.find()) {
      return new HostPath(number(path, lower.group(1)), inside, false);
    }
    throw noContainers(path);
  }

  private static String number(Path path, String directory) {
    Matcher number = NUMBER.matcher(directory);
    if (!number.matches()) {
      throw noContainers(path);
    }
    return number.group(1);
  }

  private static SluiceException noContainers(Path path) {
    return new SluiceException(
        FailureKind.NOT_FOUND,
        "explain " + path + ": it lies in no container or layer that Sluice shows",
        "give the container's id, then the path as the container sees it",
        null);
  }
}
