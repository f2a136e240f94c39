package dev.sluice.fuse.linux;

import dev.sluice.fuse.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that does nothing but keep files open, until it is ended. It outlives us, and the next
 * of us fetches them from it.
 *
 * @param startTicks when it was started, in the kernel's count; with {@code pid} it names the
 *     process, since pids are given again
 */
public record HolderProcess(int pid, long startTicks) {
  /*
   * The program is the host's own sleep: nothing to ship, little memory, no code of ours that
   * could fail. It is taken by its real path under a name that says what it is for, unless it is
   * one of those programs that look at their name to know what to do.
   */
  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/bin/sleep"), Path.of("/bin/sleep"));

  private static final String NAME = "sluice-session-holder";
  private static final String VARIABLE = "SLUICE_HOLDS=";
  private static final int FIRST = 3;
  private static final int SIGKILL = 9;

  /**
   * Starts one for {@code descriptors}, which stay open here too.
   *
   * @param subject what it is kept for, which {@link #of} finds it by
   */
  public static HolderProcess start(List<Integer> descriptors, String subject) throws IOException {
    Path program = program();
    boolean anyName = program.getFileName().toString().equals("sleep");
    int pid =
        Spawn.start(
            program,
            List.of(anyName ? NAME : "sleep", "infinity"),
            List.of(VARIABLE + subject),
            descriptors,
            FIRST);
    return new HolderProcess(pid, startTicks(pid));
  }

  /** All that keep something for a subject, whoever has started them. */
  public static List<HolderProcess> of(String subject) throws IOException {
    List<HolderProcess> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        try {
          if (Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1)
              .equals(VARIABLE + encoded(subject) + "\0")) {
            int pid = Integer.parseInt(process.getFileName().toString());
            found.add(new HolderProcess(pid, startTicks(pid)));
          }
        } catch (IOException e) {
          // It has ended, or is none of our business.
        }
      }
    }
    return found;
  }

  private static String encoded(String subject) {
    return new String(subject.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static Path program() throws IOException {
    for (Path program : PROGRAMS) {
      if (Files.isExecutable(program)) {
        return program.toRealPath();
      }
    }
    throw new NoSuchFileException("there is no " + PROGRAMS.getFirst());
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    try {
      return startTicks(pid) == startTicks && !isDead(pid);
    } catch (IOException e) {
      return false;
    }
  }

  /** Descriptors of our own for what it keeps, in their order; none if it is gone. */
  public List<Integer> fetch() throws LinuxException {
    List<Integer> fetched = new ArrayList<>();
    int process = open();
    if (process < 0) {
      return fetched;
    }
    try {
      int descriptor = Syscalls.pidfdGetfd(process, FIRST);
      while (descriptor >= 0) {
        fetched.add(descriptor);
        descriptor = Syscalls.pidfdGetfd(process, FIRST + fetched.size());
      }
      if (descriptor != -Errno.ESRCH && descriptor != -Errno.EBADF) {
        fetched.forEach(Libc::close);
        throw new LinuxException(
            "fetch the descriptors that process " + pid + " keeps",
            -descriptor,
            switch (-descriptor) {
              case Errno.ENOSYS -> "needs Linux 5.6";
              case Errno.EPERM ->
                  "needs CAP_SYS_PTRACE, also from the seccomp profile of a container";
              default -> "";
            });
      }
      return fetched;
    } finally {
      Libc.close(process);
    }
  }

  /** Ends it. */
  public void end() {
    int process = open();
    if (process < 0) {
      return;
    }
    try {
      Syscalls.pidfdSendSignal(process, SIGKILL);
    } finally {
      Libc.close(process);
    }
    Spawn.reap(pid);
  }

  /** A descriptor that stands for this very process; negative if it is gone. */
  private int open() {
    int process = Syscalls.pidfdOpen(pid);
    // What is opened can't be another one any more, and is ours if the time is right.
    if (process >= 0 && !isAlive()) {
      Libc.close(process);
      return -Errno.ESRCH;
    }
    return process;
  }

  private static long startTicks(int pid) throws IOException {
    return Long.parseLong(fields(pid)[19]);
  }

  private static boolean isDead(int pid) throws IOException {
    String state = fields(pid)[0];
    return state.equals("Z") || state.equals("X");
  }

  /** What {@code /proc/PID/stat} says behind the name, which may hold anything. */
  private static String[] fields(int pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (fields.length < 20) {
      throw new IOException("/proc/" + pid + "/stat has an unknown form");
    }
    return fields;
  }
}
