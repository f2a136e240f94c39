package dev.sluice.pull;

import dev.sluice.pull.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Removes trees, whatever their names and depth, without leaving them through a link. */
final class Removal {
  /* A tree may be deeper than there are descriptors or stack. So only the directory in work is
   * open, and the way back up is its "..": nobody moves directories here meanwhile. */
  private static final int OPEN =
      Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
  private static final int BUFFER_BYTES = 32 << 10;

  // struct linux_dirent64.
  private static final int RECORD_LENGTH = 16;
  private static final int NAME = 19;

  private final Consumer<String> removedDirectory;

  /**
   * @param removedDirectory told the path of each directory that is gone
   */
  Removal(Consumer<String> removedDirectory) {
    this.removedDirectory = removedDirectory;
  }

  /** Removes a directory and all below; nothing if it is not there. */
  static void tree(Path directory) {
    String path = NativeScratch.raw(directory);
    new Removal(_ -> {}).remove(Libc.AT_FDCWD, path, path);
  }

  /**
   * @param path what {@code name} is called for those who are told
   */
  void remove(int parent, String name, String path) {
    try (NativeScratch scratch = new NativeScratch();
        Arena arena = Arena.ofConfined()) {
      int descriptor = Libc.openat(parent, scratch.name(name), OPEN, 0);
      if (descriptor == -Libc.ENOENT) {
        return;
      }
      if (descriptor < 0) {
        throw LinuxFailures.of("remove", path, descriptor);
      }
      new Walk(scratch, arena.allocate(BUFFER_BYTES, 8), descriptor, path).run();
      int removed = Libc.unlinkat(parent, scratch.name(name), Libc.AT_REMOVEDIR);
      if (removed < 0) {
        throw LinuxFailures.of("remove", path, removed);
      }
      removedDirectory.accept(path);
    }
  }

  private final class Walk {
    private final NativeScratch scratch;
    private final MemorySegment buffer;
    private final Deque<String> way = new ArrayDeque<>();
    private int current;
    private String path;

    Walk(NativeScratch scratch, MemorySegment buffer, int top, String path) {
      this.scratch = scratch;
      this.buffer = buffer;
      this.current = top;
      this.path = path;
    }

    void run() {
      try {
        while (true) {
          String below = emptyUpToDirectory();
          if (below != null) {
            way.addLast(below);
            path = EntryPath.join(path, below);
            change(below);
          } else if (way.isEmpty()) {
            return;
          } else {
            String done = way.removeLast();
            removedDirectory.accept(path);
            path = path.substring(0, path.length() - done.length() - 1);
            change("..");
            check(Libc.unlinkat(current, scratch.name(done), Libc.AT_REMOVEDIR), done);
          }
        }
      } finally {
        Libc.close(current);
      }
    }

    private void change(String to) {
      int next = Libc.openat(current, scratch.name(to), OPEN, 0);
      check(next, to);
      Libc.close(current);
      current = next;
    }

    /** Removes what is no directory; the first directory that was met, or null. */
    private @org.jspecify.annotations.Nullable String emptyUpToDirectory() {
      while (true) {
        long bytes = Libc.getdents64(current, buffer.address(), BUFFER_BYTES);
        check(bytes, "");
        if (bytes == 0) {
          return null;
        }
        for (String name : names(bytes)) {
          int removed = Libc.unlinkat(current, scratch.name(name), 0);
          if (removed == -Libc.EISDIR || removed == -Libc.EPERM) {
            return name;
          }
          check(removed, name);
        }
      }
    }

    private List<String> names(long bytes) {
      List<String> names = new ArrayList<>();
      for (long at = 0; at < bytes; ) {
        int length = Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + RECORD_LENGTH));
        String name = buffer.getString(at + NAME, StandardCharsets.ISO_8859_1);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
        at += length;
      }
      return names;
    }

    private void check(long result, String name) {
      if (result < 0) {
        throw LinuxFailures.of("remove", EntryPath.join(path, name), result);
      }
    }
  }
}
