package dev.sluice.daemon;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.cache.CacheOptions;
import dev.sluice.config.Configuration;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * What the service may take of memory, against what it is given.
 *
 * @param heap bytes that the heap may grow to
 * @param given bytes that its control group allows, or the machine has
 * @param wanted bytes besides the heap that the configuration allows
 */
record MemoryCheck(long heap, long given, long wanted) {
  /** Less is not supported: the process might end under load. */
  static final long LEAST_HEAP = 64L << 20;

  /** Code, threads' stacks, the collector, tables of the libraries: measured, and a third more. */
  private static final long PROCESS = 160L << 20;

  /** A heap of {@code -Xmx64m} is a little smaller, as one of its two survivor spaces is empty. */
  private static final long ROUNDING = 4L << 20;

  /** Of this process. */
  static MemoryCheck of(Configuration configuration) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new MemoryCheck(
        Runtime.getRuntime().maxMemory(), system.getTotalMemorySize(), wanted(configuration));
  }

  /* Chunks outside of the memory tier may take as much again (docs/operations.md). */
  static long wanted(Configuration configuration) {
    return 2 * configuration.cache().memory()
        + CacheOptions.DEFAULT_WRITE_QUEUE_BYTES
        + configuration.fetch().memory()
        + PROCESS;
  }

  /** What to say at the start; empty if all is well. */
  List<String> complaints() {
    List<String> complaints = new ArrayList<>();
    if (heap + ROUNDING < LEAST_HEAP) {
      complaints.add(
          "run with a heap of %d MiB: less than %d MiB is not supported, and the process may end when"
                  .formatted(heap >> 20, LEAST_HEAP >> 20)
              + " layers are opened or read. Start it with a larger -Xmx; 512m is the default");
    }
    if (given < heap + wanted) {
      complaints.add(
          "run in %d MiB of memory: it may take %d MiB under load (heap %d, cache and fetches %d, the process %d),"
                  .formatted(
                      given >> 20,
                      (heap + wanted) >> 20,
                      heap >> 20,
                      (wanted - PROCESS) >> 20,
                      PROCESS >> 20)
              + " and the kernel may kill it. Give it more (MemoryMax= of the unit,"
              + " resources.limits.memory of the pod), or lower cache.memory, fetch.memory or -Xmx");
    }
    return complaints;
  }
}
