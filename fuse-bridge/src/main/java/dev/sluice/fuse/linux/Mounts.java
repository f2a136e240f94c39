package dev.sluice.fuse.linux;

import dev.sluice.fuse.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Mounting and the mount table of this process's namespace. */
public final class Mounts {
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 1 << 1;
  public static final long MS_REMOUNT = 1 << 5;
  public static final long MS_BIND = 1 << 12;
  public static final long MS_REC = 1 << 14;

  /** The kernel copies one page of options, of which the last byte ends them. */
  public static final int MAX_OPTION_BYTES = 4095;

  private static final Path TABLE = Path.of("/proc/self/mountinfo");
  private static final int UMOUNT_NOFOLLOW = 8;

  /** How to unmount. */
  public enum Unmount {
    /** Ends requests in flight with an error: for a server that answers no more. */
    FORCE(1),
    /** Takes the mount out of the tree now; it goes when its last user goes. */
    LAZY(2);

    private final int flag;

    Unmount(int flag) {
      this.flag = flag;
    }
  }

  private Mounts() {}

  /**
   * Calls mount(2).
   *
   * @param options comma-separated, at most {@link #MAX_OPTION_BYTES} bytes of UTF-8
   */
  public static void mount(String source, Path target, String type, long flags, String options)
      throws LinuxException {
    checkOptions(target, type, options);
    check(Libc.mount(source, target.toString(), type, flags, options), target, type);
  }

  static void checkOptions(Path target, String type, String options) throws LinuxException {
    int length = options.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_OPTION_BYTES) {
      throw new LinuxException(
          "mount " + type + " at " + target,
          Errno.EINVAL,
          "its options take %d bytes and the kernel takes %d: use fewer or shorter directories"
              .formatted(length, MAX_OPTION_BYTES));
    }
  }

  /** Fails as the result of a mount(2) says. */
  static void check(int result, Path target, String type) throws LinuxException {
    if (result < 0) {
      throw new LinuxException("mount " + type + " at " + target, -result, hint(-result, type));
    }
  }

  /** Calls umount2(2), without following a symbolic link at {@code target}. */
  public static void unmount(Path target, Set<Unmount> how) throws LinuxException {
    int flags = UMOUNT_NOFOLLOW;
    for (Unmount each : how) {
      flags |= each.flag;
    }
    int result = Libc.umount2(target.toString(), flags);
    if (result < 0) {
      throw new LinuxException(
          "unmount " + target,
          -result,
          switch (-result) {
            case Errno.EBUSY -> "files below it are in use: lsof or fuser -m names the processes";
            case Errno.EINVAL -> "nothing is mounted there";
            case Errno.EPERM -> "needs root";
            default -> "";
          });
    }
  }

  /** All mounts, in the order of the kernel: a later one may hide an earlier one. */
  public static List<MountEntry> list() throws IOException {
    // Each byte becomes a char, since paths are bytes; MountEntry decodes them.
    String table = new String(Files.readAllBytes(TABLE), StandardCharsets.ISO_8859_1);
    List<MountEntry> entries = new ArrayList<>();
    for (String line : table.split("\n", -1)) {
      if (!line.isEmpty()) {
        entries.add(MountEntry.parse(line));
      }
    }
    return entries;
  }

  /** Mounts at {@code directory} or below it, the last mounted first: the order to unmount in. */
  public static List<MountEntry> below(Path directory) throws IOException {
    Path top = directory.toAbsolutePath().normalize();
    return list().reversed().stream()
        .filter(entry -> Path.of(entry.directory()).startsWith(top))
        .toList();
  }

  /** Mounts of a type, e.g. "fuse.sluice", and source, the last mounted first. */
  public static List<MountEntry> of(String type, String source) throws IOException {
    return list().reversed().stream()
        .filter(entry -> entry.type().equals(type) && entry.source().equals(source))
        .toList();
  }

  /** The mount that is on top at {@code directory}, which must be a real path. */
  public static Optional<MountEntry> top(Path directory) throws IOException {
    return list().reversed().stream()
        .filter(entry -> entry.directory().equals(directory.toString()))
        .findFirst();
  }

  private static String hint(int errno, String type) {
    return switch (errno) {
      case Errno.EPERM -> "needs root, that is CAP_SYS_ADMIN in this mount namespace";
      case Errno.ENOENT -> "the mount point, or a directory named in the options, does not exist";
      case Errno.ENOTDIR -> "the mount point, or a part of its path, is no directory";
      case Errno.EBUSY -> "the source or the mount point is in use by another mount";
      case Errno.ENODEV -> "this kernel has no file system " + type + ": try modprobe";
      case Errno.ENOTCONN ->
          "the server of a mount there has ended: unmount that first, umount -l does";
      case Errno.EINVAL -> "an option is wrong or unknown to this kernel: dmesg may name it";
      case Errno.ESTALE -> "overlayfs: the upper or work directory was used with other layers";
      default -> "";
    };
  }
}
