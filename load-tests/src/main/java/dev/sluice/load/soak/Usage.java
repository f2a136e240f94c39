package dev.sluice.load.soak;

import dev.sluice.load.ProcessUsage;
import dev.sluice.load.Program;
import dev.sluice.load.SluiceService;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

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
    threads.add(minute, (double) ProcessUsage.threads(service.pid()));
    descriptors.add(minute, (double) ProcessUsage.descriptors(service.pid()));
    String used = Program.run(LIMIT, "du", "-sxk", "--", service.root());
    disk.add(minute, Double.parseDouble(used.split("\\s", 2)[0]) / 1024);
  }

  /** Resident memory in MiB. */
  static double resident(SluiceService service) throws IOException {
    return ProcessUsage.residentMiB(service.pid());
  }
}
