package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Starts a program that gets descriptors of ours, which the JDK can't. It is in a session of its
 * own, in the root directory, without any other descriptor.
 */
final class Spawn {
  /*
   * Every other descriptor must go: one of a lock would keep the lock. What the JVM opens is closed
   * on exec as a rule, not always. Old versions of glibc (before 2.34) can't close "all from here
   * on" in a child; there those that are open now are closed one by one.
   */
  private static final int RESERVED_BYTES = 1024;
  private static final int SETSIGDEF = 0x04;
  private static final int SETSIGMASK = 0x08;
  private static final int SETSID = 0x80;
  private static final int SIGNAL_SET_BYTES = 128;

  private static final NativeFunction ACTIONS_INIT =
      NativeFunction.ofInt("posix_spawn_file_actions_init");
  private static final NativeFunction ACTIONS_DESTROY =
      NativeFunction.ofInt("posix_spawn_file_actions_destroy");
  private static final NativeFunction ADD_DUP =
      NativeFunction.ofInt("posix_spawn_file_actions_adddup2");
  private static final NativeFunction ADD_CLOSE =
      NativeFunction.ofInt("posix_spawn_file_actions_addclose");
  private static final NativeFunction ADD_OPEN =
      NativeFunction.ofInt("posix_spawn_file_actions_addopen");
  private static final NativeFunction ATTRIBUTES_INIT =
      NativeFunction.ofInt("posix_spawnattr_init");
  private static final NativeFunction ATTRIBUTES_DESTROY =
      NativeFunction.ofInt("posix_spawnattr_destroy");
  private static final NativeFunction SET_FLAGS = NativeFunction.ofInt("posix_spawnattr_setflags");
  private static final NativeFunction SET_MASK = NativeFunction.ofInt("posix_spawnattr_setsigmask");
  private static final NativeFunction SET_DEFAULTS =
      NativeFunction.ofInt("posix_spawnattr_setsigdefault");
  private static final NativeFunction SPAWN = NativeFunction.ofInt("posix_spawn");
  private static final NativeFunction WAITPID = NativeFunction.ofInt("waitpid");
  private static final Optional<NativeFunction> ADD_CLOSE_FROM =
      NativeFunction.ofIntIfThere("posix_spawn_file_actions_addclosefrom_np");
  private static final Optional<NativeFunction> ADD_CHDIR =
      NativeFunction.ofIntIfThere("posix_spawn_file_actions_addchdir_np");

  private Spawn() {}

  /**
   * Starts {@code program}.
   *
   * @param environment of the form NAME=value
   * @param descriptors what it gets
   * @param first the number under which it gets the first of them, the others follow; 3 or more
   * @return its pid
   */
  static int start(
      Path program,
      List<String> arguments,
      List<String> environment,
      List<Integer> descriptors,
      int first)
      throws LinuxException {
    List<Integer> away = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (int descriptor : descriptors) {
        // Away from the numbers that are given new meanings.
        away.add(Descriptors.duplicate(descriptor, first + descriptors.size()));
      }
      long actions = arena.allocate(RESERVED_BYTES, 16).address();
      long attributes = arena.allocate(RESERVED_BYTES, 16).address();
      check(ACTIONS_INIT.call(actions));
      check(ATTRIBUTES_INIT.call(attributes));
      try {
        files(arena, actions, away, first);
        signals(arena, attributes);
        MemorySegment pid = arena.allocate(JAVA_INT);
        check(
            SPAWN.call(
                pid.address(),
                arena.allocateFrom(program.toString()).address(),
                actions,
                attributes,
                strings(arena, arguments),
                strings(arena, environment)));
        return pid.get(JAVA_INT, 0);
      } finally {
        var _ = ACTIONS_DESTROY.call(actions);
        var _ = ATTRIBUTES_DESTROY.call(attributes);
      }
    } catch (Failed e) {
      throw new LinuxException("start " + program, e.errno, "");
    } finally {
      away.forEach(Libc::close);
    }
  }

  private static void files(Arena arena, long actions, List<Integer> descriptors, int first)
      throws Failed {
    for (int i = 0; i < descriptors.size(); i++) {
      check(ADD_DUP.call(actions, descriptors.get(i), first + i));
    }
    MemorySegment nothing = arena.allocateFrom("/dev/null");
    for (int i = 0; i < 3; i++) {
      check(ADD_OPEN.call(actions, i, nothing.address(), Libc.O_RDWR, 0));
    }
    for (int i = 3; i < first; i++) {
      check(ADD_CLOSE.call(actions, i));
    }
    int end = first + descriptors.size();
    if (ADD_CLOSE_FROM.isPresent()) {
      check(ADD_CLOSE_FROM.get().call(actions, end));
    } else {
      for (int open : openDescriptors()) {
        if (open >= end) {
          check(ADD_CLOSE.call(actions, open));
        }
      }
    }
    if (ADD_CHDIR.isPresent()) {
      check(ADD_CHDIR.get().call(actions, arena.allocateFrom("/").address()));
    }
  }

  /** No signal is blocked, ignored or handled. */
  private static void signals(Arena arena, long attributes) throws Failed {
    MemorySegment none = arena.allocate(SIGNAL_SET_BYTES, 8);
    MemorySegment all = arena.allocate(SIGNAL_SET_BYTES, 8);
    // All but SIGKILL and SIGSTOP, which can't be set, and the two that glibc keeps to itself.
    all.set(JAVA_LONG, 0, ~(1L << 8 | 1L << 18 | 1L << 31 | 1L << 32));
    check(SET_MASK.call(attributes, none.address()));
    check(SET_DEFAULTS.call(attributes, all.address()));
    check(SET_FLAGS.call(attributes, SETSIGDEF | SETSIGMASK | SETSID));
  }

  private static List<Integer> openDescriptors() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.map(file -> Integer.parseInt(file.getFileName().toString())).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long strings(Arena arena, List<String> strings) {
    MemorySegment array = arena.allocate(8L * (strings.size() + 1), 8);
    for (int i = 0; i < strings.size(); i++) {
      array.set(JAVA_LONG, 8L * i, arena.allocateFrom(strings.get(i)).address());
    }
    return array.address();
  }

  /** Takes note that a child has ended, so that its entry in the process table goes. */
  static void reap(int pid) {
    // It fails for a process that is no child of ours, and that is as well.
    var _ = WAITPID.call(pid, 0, 0);
  }

  private static void check(long errno) throws Failed {
    if (errno != 0) {
      throw new Failed((int) errno);
    }
  }

  /** These functions return the error number. */
  @SuppressWarnings("serial")
  private static final class Failed extends Exception {
    private final int errno;

    Failed(int errno) {
      this.errno = errno;
    }
  }
}
