package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.DirectoryTree.Directory;
import dev.sluice.pull.linux.Libc;
import dev.sluice.soci.ztoc.TarListener;
import dev.sluice.soci.ztoc.TocEntry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes files of a tar's entries in an empty directory, as containerd does for overlayfs: whiteouts
 * become devices and marks, a later entry replaces an earlier one, and no name leads out.
 */
final class Unpacker implements TarListener, AutoCloseable {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int NEW_FILE =
      Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
  private static final int NEW_DIRECTORY_MODE = 0755;
  private static final int NONE = -1;

  private final NativeScratch scratch = new NativeScratch();
  private final DirectoryLog log = new DirectoryLog();
  private final DirectoryTree tree;
  private final AttributeWriter attributes;
  private final boolean inUserNamespace;
  private int file = NONE;
  private @Nullable TocEntry entry;

  /**
   * @param root an empty directory
   */
  Unpacker(Path root, ProcessIdentity identity) {
    int descriptor = NONE;
    try {
      descriptor = DirectoryTree.openRoot(scratch, root);
    } finally {
      if (descriptor < 0) {
        scratch.close();
      }
    }
    tree = new DirectoryTree(descriptor, scratch, log);
    attributes = new AttributeWriter(scratch, identity.newFiles());
    inUserNamespace = identity.inUserNamespace();
  }

  @Override
  public void entry(TocEntry next) {
    entry = next;
    EntryPath path = EntryPath.of(next.name());
    if (path.base().isEmpty()) {
      if (next.type() == TocEntry.Type.DIR) {
        log.explicit("", attributesOf(next));
      }
      return;
    }
    boolean device = next.type() == TocEntry.Type.CHAR || next.type() == TocEntry.Type.BLOCK;
    if (device && inUserNamespace) {
      return;
    }
    Directory parent = tree.make(path.parent());
    if (path.base().startsWith(WHITEOUT)) {
      whiteout(parent, path.base(), next);
      return;
    }
    switch (next.type()) {
      case REG -> regular(parent, path.base(), next);
      case DIR -> directory(parent, path.base(), next);
      case SYMLINK -> symlink(parent, path.base(), next);
      case HARDLINK -> hardLink(parent, path.base(), next);
      case CHAR -> node(parent, path.base(), next, FileStatus.CHAR_DEVICE);
      case BLOCK -> node(parent, path.base(), next, FileStatus.BLOCK_DEVICE);
      case FIFO -> node(parent, path.base(), next, FileStatus.FIFO);
    }
  }

  private void regular(Directory parent, String name, TocEntry next) {
    file =
        replacing(
            parent,
            name,
            () ->
                Libc.openat(parent.descriptor(), scratch.name(name), NEW_FILE, next.permissions()));
  }

  private interface Creation {
    int create();
  }

  /** Makes a name; what stands there already goes. */
  private int replacing(Directory parent, String name, Creation creation) {
    int made = creation.create();
    if (made == -Libc.EEXIST) {
      tree.remove(parent, name);
      made = creation.create();
    }
    if (made < 0) {
      throw LinuxFailures.of("make", parent.below(name), made);
    }
    return made;
  }

  private void directory(Directory parent, String name, TocEntry next) {
    int made = makeDirectory(parent, name);
    if (made == -Libc.EEXIST) {
      FileStatus found = FileStatus.of(scratch, parent.descriptor(), name);
      if (found == null || !found.isDirectory()) {
        tree.remove(parent, name);
        made = makeDirectory(parent, name);
      }
    }
    if (made < 0 && made != -Libc.EEXIST) {
      throw LinuxFailures.of("make directory", parent.below(name), made);
    }
    log.explicit(parent.below(name), attributesOf(next));
  }

  private int makeDirectory(Directory parent, String name) {
    return Libc.mkdirat(parent.descriptor(), scratch.name(name), NEW_DIRECTORY_MODE);
  }

  private static DirectoryAttributes attributesOf(TocEntry entry) {
    return new DirectoryAttributes(
        entry.uid(),
        entry.gid(),
        entry.permissions(),
        entry.mtimeSeconds(),
        entry.mtimeNanos(),
        entry.xattrs());
  }

  private void symlink(Directory parent, String name, TocEntry next) {
    String target = new String(next.linkName(), StandardCharsets.ISO_8859_1);
    replacing(
        parent,
        name,
        () -> Libc.symlinkat(scratch.other(target), parent.descriptor(), scratch.name(name)));
    attributes.special(parent, name, next, true, true);
  }

  private void hardLink(Directory parent, String name, TocEntry next) {
    EntryPath target = EntryPath.of(next.linkName());
    Directory from = target.base().startsWith(WHITEOUT) ? null : tree.find(target.parent());
    FileStatus found =
        from == null ? null : FileStatus.of(scratch, from.descriptor(), target.base());
    if (from == null || found == null || found.isDirectory()) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "unpack '%s': it is a hard link to '%s', which is no file of this layer"
              .formatted(next.nameText(), new String(next.linkName(), StandardCharsets.UTF_8)));
    }
    boolean itself = from.equals(parent) && target.base().equals(name);
    if (!itself) {
      replacing(
          parent,
          name,
          () ->
              Libc.linkat(
                  from.descriptor(),
                  scratch.other(target.base()),
                  parent.descriptor(),
                  scratch.name(name),
                  0));
    }
    attributes.special(parent, name, next, false, found.type() == FileStatus.SYMLINK);
  }

  private void node(Directory parent, String name, TocEntry next, int type) {
    boolean device = type != FileStatus.FIFO;
    long major = device ? next.devMajor() : 0;
    long minor = device ? next.devMinor() : 0;
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "unpack '%s': there is no device %d:%d".formatted(next.nameText(), major, minor));
    }
    replacing(
        parent,
        name,
        () ->
            Libc.mknodat(
                parent.descriptor(),
                scratch.name(name),
                type | next.permissions(),
                Libc.device(major, minor)));
    attributes.special(parent, name, next, true, false);
  }

  private void whiteout(Directory parent, String name, TocEntry next) {
    if (name.equals(OPAQUE)) {
      OpaqueMark.set(parent);
      log.opaque(parent.path());
      return;
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new SluiceException(
          FailureKind.CORRUPT, "unpack '%s': it hides nothing".formatted(next.nameText()));
    }
    replacing(
        parent,
        hidden,
        () -> Libc.mknodat(parent.descriptor(), scratch.name(hidden), FileStatus.CHAR_DEVICE, 0));
    Libc.fchownat(
        parent.descriptor(),
        scratch.name(hidden),
        (int) next.uid(),
        (int) next.gid(),
        Libc.AT_SYMLINK_NOFOLLOW);
    log.whiteout(parent.below(hidden));
  }

  @Override
  public void content(byte[] buffer, int from, int to) {
    if (file == NONE) {
      return;
    }
    MemorySegment content = scratch.content();
    for (int at = from; at < to; ) {
      int n = Math.min(to - at, NativeScratch.CONTENT_BYTES);
      MemorySegment.copy(buffer, at, content, ValueLayout.JAVA_BYTE, 0, n);
      write(content.address(), n);
      at += n;
    }
  }

  private void write(long address, int length) {
    for (long done = 0; done < length; ) {
      long n = Libc.write(file, address + done, length - done);
      if (n < 0 && n != -Libc.EINTR) {
        throw LinuxFailures.of("write", rawName(), n);
      }
      done += Math.max(0, n);
    }
  }

  private String rawName() {
    return entry == null ? "" : new String(entry.name(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void complete() {
    if (file == NONE || entry == null) {
      return;
    }
    attributes.file(file, entry);
    closeFile("write");
  }

  private void closeFile(String action) {
    int closed = Libc.close(file);
    file = NONE;
    if (closed < 0 && closed != -Libc.EINTR) {
      throw LinuxFailures.of(action, rawName(), closed);
    }
  }

  /** All entries have come: gives directories their attributes. */
  DirectoryLog.Kept finish() {
    log.eachExplicit((path, wanted) -> {
      Directory directory = tree.find(path);
      if (directory == null) {
        throw LinuxFailures.of("open directory", path, -Libc.ENOENT);
      }
      attributes.directory(directory, wanted);
    });
    return log.kept();
  }

  @Override
  public void close() {
    if (file != NONE) {
      Libc.close(file);
      file = NONE;
    }
    tree.close();
    scratch.close();
  }
}
