package dev.sluice.load.coldstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel notes of processes. */
final class ProcessUsage {
  private static final double CLOCK_TICKS_PER_SECOND = 100;
  private static final int OWN_USER_TIME = 11;
  private static final int CHILDREN_USER_TIME = 13;

  private ProcessUsage() {}

  /** CPU time of a process and of its children that have ended. */
  static double cpuSeconds(long pid) throws IOException {
    return ticks(pid, OWN_USER_TIME) + ticks(pid, CHILDREN_USER_TIME);
  }

  /** CPU time of the children of this process that have ended. */
  static double childrenSeconds() throws IOException {
    return ticks(ProcessHandle.current().pid(), CHILDREN_USER_TIME);
  }

  /** User and system time, which stand side by side. */
  private static double ticks(long pid, int field) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1]))
        / CLOCK_TICKS_PER_SECOND;
  }

  /** The most memory that a process has had resident. */
  static double peakMiB(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Double.parseDouble(line.split("\\s+", -1)[1]) / 1024;
      }
    }
    throw new IOException("process " + pid + " has ended");
  }
}
