package dev.sluice.fuse.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Starts a program that gets one descriptor of ours, which the JDK can't. It is in a session of its
 * own, in the root directory, without any other descriptor.
 */
final class Spawn {
  /*
   * Every other descriptor must go: one of a lock would keep the lock. What the JVM opens is closed
   * on exec as a rule, not always. Old versions of glibc (before 2.34) can't close "all from here
   * on" in a child; there those that are open now are closed one by one.
   */
  private static final int RESERVED_BYTES = 1024;
  private static final short SETSIGDEF = 0x04;
  private static final short SETSIGMASK = 0x08;
  private static final short SETSID = 0x80;
  private static final int SIGNAL_SET_BYTES = 128;

  private static final MethodHandle ACTIONS_INIT = one("posix_spawn_file_actions_init");
  private static final MethodHandle ACTIONS_DESTROY = one("posix_spawn_file_actions_destroy");
  private static final MethodHandle ADD_DUP =
      call(
          "posix_spawn_file_actions_adddup2",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle ADD_CLOSE =
      call(
          "posix_spawn_file_actions_addclose",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final Optional<MethodHandle> ADD_CLOSE_FROM =
      callIfThere(
          "posix_spawn_file_actions_addclosefrom_np",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle ADD_OPEN =
      call(
          "posix_spawn_file_actions_addopen",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final Optional<MethodHandle> ADD_CHDIR =
      callIfThere(
          "posix_spawn_file_actions_addchdir_np",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle ATTRIBUTES_INIT = one("posix_spawnattr_init");
  private static final MethodHandle ATTRIBUTES_DESTROY = one("posix_spawnattr_destroy");
  private static final MethodHandle SET_FLAGS =
      call("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_SHORT));
  private static final MethodHandle SET_MASK =
      call("posix_spawnattr_setsigmask", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle SET_DEFAULTS =
      call("posix_spawnattr_setsigdefault", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle SPAWN =
      call(
          "posix_spawn",
          FunctionDescriptor.of(
              JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WAITPID =
      Libc.function("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));

  private Spawn() {}

  /**
   * Starts {@code program}.
   *
   * @param environment of the form NAME=value
   * @param descriptor what it gets
   * @param as the number under which it gets that; 3 or more
   * @return its pid
   */
  static int start(
      Path program, List<String> arguments, List<String> environment, int descriptor, int as)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long actions = arena.allocate(RESERVED_BYTES, 16).address();
      long attributes = arena.allocate(RESERVED_BYTES, 16).address();
      check((int) ACTIONS_INIT.invokeExact(actions));
      check((int) ATTRIBUTES_INIT.invokeExact(attributes));
      try {
        files(arena, actions, descriptor, as);
        signals(arena, attributes);
        MemorySegment pid = arena.allocate(JAVA_INT);
        check(
            (int)
                SPAWN.invokeExact(
                    pid.address(),
                    arena.allocateFrom(program.toString()),
                    actions,
                    attributes,
                    strings(arena, arguments),
                    strings(arena, environment)));
        return pid.get(JAVA_INT, 0);
      } finally {
        var _ = (int) ACTIONS_DESTROY.invokeExact(actions);
        var _ = (int) ATTRIBUTES_DESTROY.invokeExact(attributes);
      }
    } catch (Failed e) {
      throw new LinuxException("start " + program, e.errno, "");
    } catch (Throwable t) {
      throw Libc.broken("posix_spawn", t);
    }
  }

  private static void files(Arena arena, long actions, int descriptor, int as) throws Throwable {
    // First away from the numbers that are given new meanings.
    check((int) ADD_DUP.invokeExact(actions, descriptor, as));
    MemorySegment nothing = arena.allocateFrom("/dev/null");
    for (int i = 0; i < 3; i++) {
      check((int) ADD_OPEN.invokeExact(actions, i, nothing, Libc.O_RDWR, 0));
    }
    for (int i = 3; i < as; i++) {
      check((int) ADD_CLOSE.invokeExact(actions, i));
    }
    if (ADD_CLOSE_FROM.isPresent()) {
      check((int) ADD_CLOSE_FROM.get().invokeExact(actions, as + 1));
    } else {
      for (int open : openDescriptors()) {
        if (open > as) {
          check((int) ADD_CLOSE.invokeExact(actions, open));
        }
      }
    }
    if (ADD_CHDIR.isPresent()) {
      check((int) ADD_CHDIR.get().invokeExact(actions, arena.allocateFrom("/")));
    }
  }

  /** No signal is blocked, ignored or handled. */
  private static void signals(Arena arena, long attributes) throws Throwable {
    MemorySegment none = arena.allocate(SIGNAL_SET_BYTES, 8);
    MemorySegment all = arena.allocate(SIGNAL_SET_BYTES, 8);
    // All but SIGKILL and SIGSTOP, which can't be set, and the two that glibc keeps to itself.
    all.set(JAVA_LONG, 0, ~(1L << 8 | 1L << 18 | 1L << 31 | 1L << 32));
    check((int) SET_MASK.invokeExact(attributes, none.address()));
    check((int) SET_DEFAULTS.invokeExact(attributes, all.address()));
    check((int) SET_FLAGS.invokeExact(attributes, (short) (SETSIGDEF | SETSIGMASK | SETSID)));
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
    MemorySegment state = Libc.STATE.get();
    try {
      // It fails for a process that is no child of ours, and that is as well.
      var _ = (int) WAITPID.invokeExact(state, pid, 0L, 0);
    } catch (Throwable t) {
      throw Libc.broken("waitpid", t);
    }
  }

  private static void check(int errno) throws Failed {
    if (errno != 0) {
      throw new Failed(errno);
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

  private static MethodHandle one(String name) {
    return call(name, FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    return callIfThere(name, descriptor).orElseThrow();
  }

  private static Optional<MethodHandle> callIfThere(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(function -> linker.downcallHandle(function, descriptor));
  }
}
