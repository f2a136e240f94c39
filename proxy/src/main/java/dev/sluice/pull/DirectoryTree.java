package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a tree as open descriptors. Paths are resolved here, component by component: a
 * symbolic link leads to a place within the tree, wherever it points to. Only one unpack writes to
 * a tree, so what was resolved holds until something is removed.
 */
final class DirectoryTree implements AutoCloseable {
  private static final int OPEN =
      Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
  private static final int MOST_OPEN = 128;
  private static final int MOST_LINKS = 255;
  private static final int TARGET_BYTES = 4096;
  private static final int IMPLIED_MODE = 0755;

  /**
   * @param path resolved: no component is a link
   */
  record Directory(int descriptor, String path) {
    String below(String base) {
      return EntryPath.join(path, base);
    }
  }

  private final Directory root;
  private final NativeScratch scratch;
  private final @Nullable DirectoryLog log;
  private final Map<String, Directory> open = new LinkedHashMap<>(64, 0.75f, true);
  private final Removal removal = new Removal(this::removed);
  private int links;

  /**
   * @param root descriptor of the root, which the tree closes
   * @param log learns of directories that are made or removed; null if none may be made
   */
  DirectoryTree(int root, NativeScratch scratch, @Nullable DirectoryLog log) {
    this.root = new Directory(root, "");
    this.scratch = scratch;
    this.log = log;
  }

  /** Opens the root of a tree. */
  static int openRoot(NativeScratch scratch, Path path) {
    int root = Libc.openat(Libc.AT_FDCWD, scratch.name(NativeScratch.raw(path)), OPEN, 0);
    if (root < 0) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "open directory " + path + ": " + Libc.strerror(-root));
    }
    return root;
  }

  /** The directory, which is made if it is not there. */
  Directory make(String path) {
    Directory found = find(path, true);
    if (found == null) {
      throw new SluiceException(FailureKind.INTERNAL, "unpack: a directory was not made");
    }
    return found;
  }

  /** The directory; null if it is not there. */
  @Nullable Directory find(String path) {
    return find(path, false);
  }

  private @Nullable Directory find(String path, boolean make) {
    if (path.isEmpty()) {
      return root;
    }
    Directory known = open.get(path);
    if (known != null) {
      return known;
    }
    links = 0;
    return walk(root, path, make);
  }

  private @Nullable Directory walk(Directory start, String path, boolean make) {
    Directory at = start;
    for (int from = 0; from <= path.length(); ) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      String component = path.substring(from, to);
      if (component.equals("..")) {
        at = above(at);
      } else if (!component.isEmpty() && !component.equals(".")) {
        Directory next = step(at, component, make);
        if (next == null) {
          return null;
        }
        at = next;
      }
      from = to + 1;
    }
    return at;
  }

  private Directory above(Directory at) {
    if (at.path().isEmpty()) {
      return root;
    }
    int slash = at.path().lastIndexOf('/');
    String path = slash < 0 ? "" : at.path().substring(0, slash);
    Directory above = path.isEmpty() ? root : walk(root, path, false);
    if (above == null) {
      throw LinuxFailures.of("open directory", path, -Libc.ENOENT);
    }
    return above;
  }

  private @Nullable Directory step(Directory at, String component, boolean make) {
    String path = at.below(component);
    Directory known = open.get(path);
    if (known != null) {
      return known;
    }
    int descriptor = Libc.openat(at.descriptor(), scratch.name(component), OPEN, 0);
    if (descriptor >= 0) {
      return opened(descriptor, path);
    }
    if (descriptor == -Libc.ENOENT) {
      return make ? makeImplied(at, component, path) : null;
    }
    if (descriptor != -Libc.ENOTDIR && descriptor != -Libc.ELOOP) {
      throw LinuxFailures.of("open directory", path, descriptor);
    }
    String target = linkTarget(at, component);
    if (target == null) {
      throw LinuxFailures.of("open directory", path, -Libc.ENOTDIR);
    }
    links++;
    if (links > MOST_LINKS) {
      throw LinuxFailures.of("open directory", path, -Libc.ELOOP);
    }
    return walk(target.startsWith("/") ? root : at, target, make);
  }

  private Directory makeImplied(Directory at, String component, String path) {
    if (log == null) {
      throw new SluiceException(FailureKind.INTERNAL, "unpack: this tree is for reading");
    }
    int made = Libc.mkdirat(at.descriptor(), scratch.name(component), IMPLIED_MODE);
    if (made < 0) {
      throw LinuxFailures.of("make directory", path, made);
    }
    log.implied(path);
    int descriptor = Libc.openat(at.descriptor(), scratch.name(component), OPEN, 0);
    if (descriptor < 0) {
      throw LinuxFailures.of("open directory", path, descriptor);
    }
    int changed = Libc.fchmod(descriptor, IMPLIED_MODE);
    if (changed < 0) {
      Libc.close(descriptor);
      throw LinuxFailures.of("set the mode of directory", path, changed);
    }
    return opened(descriptor, path);
  }

  /** Where a link points to; null if it is none. */
  private @Nullable String linkTarget(Directory at, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(TARGET_BYTES);
      long length =
          Libc.readlinkat(at.descriptor(), scratch.name(name), target.address(), TARGET_BYTES);
      if (length < 0) {
        return null;
      }
      return new String(
          target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
    }
  }

  private Directory opened(int descriptor, String path) {
    Directory directory = new Directory(descriptor, path);
    open.put(path, directory);
    if (open.size() > MOST_OPEN) {
      Iterator<Directory> oldest = open.values().iterator();
      Libc.close(oldest.next().descriptor());
      oldest.remove();
    }
    return directory;
  }

  /** Removes whatever has that name, with all that is in it. The directory stays open. */
  void remove(Directory directory, String name) {
    int removed = Libc.unlinkat(directory.descriptor(), scratch.name(name), 0);
    if (removed < 0 && removed != -Libc.EISDIR && removed != -Libc.EPERM) {
      throw LinuxFailures.of("replace", directory.below(name), removed);
    }
    if (removed < 0) {
      removal.remove(directory.descriptor(), name, directory.below(name));
    }
    // What was removed may have been a directory or a link on the way to one.
    for (Directory known : List.copyOf(open.values())) {
      if (!known.equals(directory)) {
        open.remove(known.path());
        Libc.close(known.descriptor());
      }
    }
  }

  private void removed(String path) {
    if (log != null) {
      log.removed(path);
    }
  }

  @Override
  public void close() {
    open.values().forEach(directory -> Libc.close(directory.descriptor()));
    open.clear();
    Libc.close(root.descriptor());
  }
}
