package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.DirectoryTree.Directory;
import dev.sluice.pull.linux.Libc;
import dev.sluice.soci.ztoc.Attribute;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Gives files their owners, extended attributes, modes and times, in this order. */
final class AttributeWriter {
  /* A change of owner takes set-id bits and capabilities away, so it comes first. Calls that would
   * change nothing are left out: they are most of what containerd does per file. */
  private static final String REFUSED_PREFIX = "trusted.";
  private static final String USER_PREFIX = "user.";
  private static final int SET_ID_AND_STICKY = 07000;

  private final NativeScratch scratch;
  private final NewFiles newFiles;

  AttributeWriter(NativeScratch scratch, NewFiles newFiles) {
    this.scratch = scratch;
    this.newFiles = newFiles;
  }

  /**
   * What new files get from the process that makes them.
   *
   * @param umask permissions that are taken away
   */
  record NewFiles(long user, long group, int umask) {
    boolean owns(long ofUser, long ofGroup) {
      return user == ofUser && group == ofGroup;
    }
  }

  /** A regular file that was just made with the entry's mode. */
  void file(int descriptor, TocEntry entry) {
    boolean given = newFiles.owns(entry.uid(), entry.gid());
    if (!given) {
      check(
          Libc.fchown(descriptor, (int) entry.uid(), (int) entry.gid()), "set the owner of", entry);
    }
    if (!entry.pax().isEmpty()) {
      attributes(descriptor, raw(entry), entry.xattrs());
    }
    if (needsMode(entry.permissions())) {
      check(Libc.fchmod(descriptor, entry.permissions()), "set the mode of", entry);
    }
    check(
        Libc.futimens(descriptor, scratch.times(entry.mtimeSeconds(), entry.mtimeNanos())),
        "set the time of",
        entry);
  }

  private boolean needsMode(int permissions) {
    return (permissions & (newFiles.umask() | SET_ID_AND_STICKY)) != 0;
  }

  /**
   * Anything but a regular file or directory.
   *
   * @param isNew just made by this process, with the entry's mode
   * @param isSymlink which has no mode
   */
  void special(Directory in, String name, TocEntry entry, boolean isNew, boolean isSymlink) {
    if (!isNew || !newFiles.owns(entry.uid(), entry.gid())) {
      check(
          Libc.fchownat(
              in.descriptor(),
              scratch.name(name),
              (int) entry.uid(),
              (int) entry.gid(),
              Libc.AT_SYMLINK_NOFOLLOW),
          "set the owner of",
          entry);
    }
    for (Attribute attribute : entry.xattrs()) {
      if (attribute.keyText().startsWith(REFUSED_PREFIX)) {
        continue;
      }
      long path = scratch.name("/proc/self/fd/" + in.descriptor() + "/" + name);
      int set =
          NativeScratch.withAttribute(
              attribute, (key, value, n) -> Libc.lsetxattr(path, key, value, n, 0));
      // A hard link may be to a regular file; then its attributes are there already.
      checkAttribute(set, attribute, entry.nameText(), false);
    }
    if (!isSymlink && (!isNew || needsMode(entry.permissions()))) {
      check(
          Libc.fchmodat(in.descriptor(), scratch.name(name), entry.permissions(), 0),
          "set the mode of",
          entry);
    }
    check(
        Libc.utimensat(
            in.descriptor(),
            scratch.name(name),
            scratch.times(entry.mtimeSeconds(), entry.mtimeNanos()),
            Libc.AT_SYMLINK_NOFOLLOW),
        "set the time of",
        entry);
  }

  void directory(Directory directory, DirectoryAttributes attributes) {
    int descriptor = directory.descriptor();
    String name = directory.path();
    if (!newFiles.owns(attributes.user(), attributes.group())) {
      check(
          Libc.fchown(descriptor, (int) attributes.user(), (int) attributes.group()),
          "set the owner of",
          name);
    }
    attributes(descriptor, name, attributes.xattrs());
    check(Libc.fchmod(descriptor, attributes.permissions()), "set the mode of", name);
    check(
        Libc.futimens(
            descriptor, scratch.times(attributes.mtimeSeconds(), attributes.mtimeNanos())),
        "set the time of",
        name);
  }

  private static void attributes(int descriptor, String file, List<Attribute> xattrs) {
    for (Attribute attribute : xattrs) {
      if (!attribute.keyText().startsWith(REFUSED_PREFIX)) {
        int set =
            NativeScratch.withAttribute(
                attribute, (name, value, n) -> Libc.fsetxattr(descriptor, name, value, n, 0));
        checkAttribute(set, attribute, LinuxFailures.shown(file), true);
      }
    }
  }

  private static void checkAttribute(
      int result, Attribute attribute, String file, boolean takesUserAttributes) {
    // What the file system has no place for is left out, as containerd does.
    boolean leftOut =
        result == -Libc.EOPNOTSUPP
            || (result == -Libc.EPERM
                && !takesUserAttributes
                && attribute.keyText().startsWith(USER_PREFIX));
    if (result < 0 && !leftOut) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "set attribute %s of '%s': %s"
              .formatted(attribute.keyText(), file, Libc.strerror(-result)));
    }
  }

  private static void check(int result, String action, TocEntry entry) {
    if (result < 0) {
      throw LinuxFailures.of(action, raw(entry), result);
    }
  }

  private static String raw(TocEntry entry) {
    return new String(entry.name(), StandardCharsets.ISO_8859_1);
  }

  private static void check(int result, String action, String name) {
    if (result < 0) {
      throw LinuxFailures.of(action, name, result);
    }
  }
}
