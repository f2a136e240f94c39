package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the kernel notes of processes, by their number. Source: proc(5). */
public final class ProcessUsage {
  private static final double CLOCK_TICKS_PER_SECOND = 100;
  private static final int OWN_USER_TIME = 11;
  private static final int CHILDREN_USER_TIME = 13;

  private ProcessUsage() {}

  /** CPU time of a process and of its children that have ended. */
  public static double cpuSeconds(long pid) throws IOException {
    return ticks(pid, OWN_USER_TIME) + ticks(pid, CHILDREN_USER_TIME);
  }

  /** CPU time of the children of this process that have ended. */
  public static double childrenSeconds() throws IOException {
    return ticks(ProcessHandle.current().pid(), CHILDREN_USER_TIME);
  }

  /** User and system time, which stand side by side. */
  private static double ticks(long pid, int field) throws IOException {
    String stat = Files.readString(of(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1]))
        / CLOCK_TICKS_PER_SECOND;
  }

  /** Memory that a process has resident. */
  public static double residentMiB(long pid) throws IOException {
    return memoryMiB(pid, "VmRSS");
  }

  /** The most memory that a process has had resident. */
  public static double peakMiB(long pid) throws IOException {
    return memoryMiB(pid, "VmHWM");
  }

  /**
   * @param name of a line in kB of {@code /proc/PID/status}
   */
  public static double memoryMiB(long pid, String name) throws IOException {
    return Double.parseDouble(status(pid, name)) / 1024;
  }

  public static long threads(long pid) throws IOException {
    return Long.parseLong(status(pid, "Threads"));
  }

  private static String status(long pid, String name) throws IOException {
    Map<String, String> status = new TreeMap<>();
    for (String line : lines(pid, "status")) {
      String[] words = line.split("[:\\s]+", 3);
      status.put(words[0], words.length > 1 ? words[1] : "");
    }
    String value = status.get(name);
    if (value == null) {
      // That of a process which has ended tells no memory any more.
      throw new IOException("process " + pid + " has no " + name + ": has it ended?");
    }
    return value;
  }

  public static long descriptors(long pid) throws IOException {
    try (Stream<Path> open = Files.list(of(pid).resolve("fd"))) {
      return open.count();
    }
  }

  /** Mappings of files and memory. */
  public static long mappings(long pid) throws IOException {
    return lines(pid, "maps").size();
  }

  /** Mounts in the process's namespace. */
  public static long mounts(long pid) throws IOException {
    return lines(pid, "mountinfo").size();
  }

  private static List<String> lines(long pid, String file) throws IOException {
    return Files.readAllLines(of(pid).resolve(file), StandardCharsets.ISO_8859_1);
  }

  private static Path of(long pid) {
    return Path.of("/proc/" + pid);
  }
}
