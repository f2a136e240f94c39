package dev.sluice.load.many;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the kernel says of a process.
 *
 * @param cpuSeconds since it was started, whatever else the machine did
 * @param mappings of files and memory, of which the kernel takes 65 530 by default
 * @param mounts in its mount namespace
 */
record Figures(
    double cpuSeconds, double rssMib, long descriptors, long threads, long mappings, long mounts) {
  private static final double CLOCK_TICKS_PER_SECOND = 100;

  static Figures of(long pid) throws IOException {
    Path process = Path.of("/proc/" + pid);
    double rss = 0;
    long threads = 0;
    for (String line : lines(process.resolve("status"))) {
      String[] words = line.split("[:\\s]+", -1);
      if (words[0].equals("VmRSS")) {
        rss = Long.parseLong(words[1]) / 1024.0;
      } else if (words[0].equals("Threads")) {
        threads = Long.parseLong(words[1]);
      }
    }
    long descriptors;
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      descriptors = open.count();
    }
    return new Figures(
        cpuSeconds(process),
        rss,
        descriptors,
        threads,
        lines(process.resolve("maps")).size(),
        lines(process.resolve("mountinfo")).size());
  }

  static double cpuSeconds(Path process) throws IOException {
    String stat = Files.readString(process.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
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
