package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds out by a tiny mount what overlayfs can do in a directory. */
final class OverlayProbe {
  /*
   * index=off: lower directories are shared by many overlays, which the index forbids.
   * userxattr: where trusted.* attributes can't be written, that is in a user namespace.
   * redirect_dir=nofollow, metacopy=off: an image may carry any trusted.overlay.* attribute, and a
   * redirect out of a layer would show files of the host; and a commit reads the upper directory
   * alone, which must then hold all of a renamed directory.
   */
  private static final List<String> WISHES =
      List.of("index=off", "redirect_dir=nofollow", "metacopy=off");
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  private static final String PREFIX = "probe-";

  private final Path place;

  private OverlayProbe(Path place) {
    this.place = place;
  }

  /**
   * Tries in {@code root}, which is left as it was.
   *
   * @throws SluiceException UNSUPPORTED if there can be no overlays
   */
  static OverlaySupport run(Path root) {
    try {
      removeLeft(root);
      Path place = Files.createTempDirectory(root, PREFIX);
      try {
        List<String> options = new OverlayProbe(place).options();
        return new OverlaySupport(options, kernelMapsIds());
      } finally {
        TreeRemover.remove(place);
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "mount an overlay in " + root + ": " + SluiceException.describe(e),
          "the snapshotter needs root (CAP_SYS_ADMIN), a kernel with overlayfs (modprobe overlay),"
              + " and a file system that can be an upper directory: ext4, xfs with ftype=1, btrfs",
          e);
    }
  }

  /** A process that was killed here has left its mount. */
  private static void removeLeft(Path root) throws IOException {
    try (DirectoryStream<Path> places = Files.newDirectoryStream(root, PREFIX + "*")) {
      for (Path left : places) {
        for (MountEntry mount : Mounts.below(left)) {
          Mounts.unmount(Path.of(mount.directory()), Set.of(Mounts.Unmount.LAZY));
        }
        TreeRemover.remove(left);
      }
    }
  }

  private List<String> options() throws IOException {
    List<String> wishes = new ArrayList<>(WISHES);
    if (inUserNamespace()) {
      wishes.add("userxattr");
    }
    if (canMount(wishes)) {
      return List.copyOf(wishes);
    }
    List<String> known = new ArrayList<>();
    for (String wish : wishes) {
      List<String> withIt = new ArrayList<>(known);
      withIt.add(wish);
      if (canMount(withIt)) {
        known = withIt;
      }
    }
    if (known.isEmpty() && !canMount(known)) {
      throw new LinuxException("mount overlay", Errno.EINVAL, "dmesg may say why");
    }
    return List.copyOf(known);
  }

  /**
   * @throws IOException if the reason is not the options
   */
  private boolean canMount(List<String> options) throws IOException {
    Path here = Files.createTempDirectory(place, "try-");
    List<Path> parts = new ArrayList<>();
    for (String part : List.of("lower1", "lower2", "upper", "work", "merged")) {
      parts.add(Files.createDirectory(here.resolve(part)));
    }
    Files.createFile(parts.get(0).resolve("file"));
    List<String> all = new ArrayList<>(options);
    all.add("lowerdir=" + parts.get(0) + ":" + parts.get(1));
    all.add("upperdir=" + parts.get(2));
    all.add("workdir=" + parts.get(3));
    Path merged = parts.get(4);
    try {
      Mounts.mount("overlay", merged, "overlay", 0, String.join(",", all));
    } catch (LinuxException e) {
      if (e.errno() == Errno.EINVAL && !options.isEmpty()) {
        return false;
      }
      throw e;
    }
    try {
      checkWhiteouts(merged);
    } finally {
      Mounts.unmount(merged, Set.of(Mounts.Unmount.LAZY));
    }
    return true;
  }

  /** Where the file system does not keep types in directories, a deleted file stays in the list. */
  private static void checkWhiteouts(Path merged) throws IOException {
    Files.delete(merged.resolve("file"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(merged)) {
      if (entries.iterator().hasNext()) {
        throw new IOException(
            "a file that was deleted is still listed: the file system keeps no types in its"
                + " directories (d_type)");
      }
    }
  }

  private static boolean inUserNamespace() throws IOException {
    String all = Files.readString(Path.of("/proc/self/uid_map")).strip();
    return !all.matches("0\\s+0\\s+4294967295");
  }

  /** Since 5.19 the lower directories of an overlay may be id-mapped mounts. */
  private static boolean kernelMapsIds() {
    Matcher version = VERSION.matcher(System.getProperty("os.version", ""));
    if (!version.matches()) {
      return false;
    }
    int major = Integer.parseInt(version.group(1));
    return major > 5 || (major == 5 && Integer.parseInt(version.group(2)) >= 19);
  }
}
