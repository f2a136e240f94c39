package dev.sluice.load.many;

import dev.sluice.load.ProcessUsage;
import java.io.IOException;
import java.util.Locale;

/**
 * What the kernel says of a process.
 *
 * @param cpuSeconds since it was started, whatever else the machine did
 * @param mappings of files and memory, of which the kernel takes 65 530 by default
 * @param mounts in its mount namespace
 */
record Figures(
    double cpuSeconds, double rssMib, long descriptors, long threads, long mappings, long mounts) {
  static Figures of(long pid) throws IOException {
    return new Figures(
        ProcessUsage.cpuSeconds(pid),
        ProcessUsage.residentMiB(pid),
        ProcessUsage.descriptors(pid),
        ProcessUsage.threads(pid),
        ProcessUsage.mappings(pid),
        ProcessUsage.mounts(pid));
  }

  static String heading() {
    return "%-20s %9s %9s %9s %9s %9s %7s %5s %6s %7s %6s"
        .formatted(
            "",
            "serving",
            "its CPU",
            "all here",
            "CPU",
            "RSS, MiB",
            "descr.",
            "thr.",
            "maps",
            "mounts",
            "reads");
  }

  /**
   * A row of the table.
   *
   * @param serving seconds until it served, and of its CPU; "" if it was not started
   * @param took seconds until all was there; "" if that was not waited for
   * @param reads that were compared since
   */
  String row(String what, String serving, String servingCpu, String took, long reads) {
    return String.format(
        Locale.ROOT,
        "%-20s %9s %9s %9s %7.1f s %9.1f %7d %5d %6d %7d %6d",
        what,
        serving,
        servingCpu,
        took,
        cpuSeconds,
        rssMib,
        descriptors,
        threads,
        mappings,
        mounts,
        reads);
  }

  static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }
}
