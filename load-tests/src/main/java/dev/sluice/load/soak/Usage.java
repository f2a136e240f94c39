package dev.sluice.load.soak;

import dev.sluice.load.Program;
import dev.sluice.load.SluiceService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What the service holds: memory, descriptors, threads, disk. */
final class Usage {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Series memory = new Series("RSS, MiB", 32);
  private final Series descriptors = new Series("descriptors", 8);
  private final Series threads = new Series("threads", 6);
  private final Series disk = new Series("disk, MiB", 8);

  List<Series> all() {
    return List.of(memory, descriptors, threads, disk);
  }

  void look(SluiceService service, double minute) throws IOException {
    memory.add(minute, resident(service));
    threads.add(minute, status(service, "Threads"));
    try (Stream<Path> open = Files.list(process(service).resolve("fd"))) {
      descriptors.add(minute, (double) open.count());
    }
    String used = Program.run(LIMIT, "du", "-sxk", "--", service.root());
    disk.add(minute, Double.parseDouble(used.split("\\s", 2)[0]) / 1024);
  }

  /** Resident memory in MiB. */
  static double resident(SluiceService service) throws IOException {
    return status(service, "VmRSS") / 1024;
  }

  private static double status(SluiceService service, String name) throws IOException {
    Path file = process(service).resolve("status");
    for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
      String[] words = line.split("[:\\s]+", -1);
      if (words[0].equals(name)) {
        return Double.parseDouble(words[1]);
      }
    }
    throw new IOException(file + " has no line " + name);
  }

  private static Path process(SluiceService service) {
    return Path.of("/proc/" + service.pid());
  }
}
