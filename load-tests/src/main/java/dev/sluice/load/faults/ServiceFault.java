package dev.sluice.load.faults;

import dev.sluice.load.Program;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What its machine does wrong to a service, which is started again whenever it ends. */
enum ServiceFault {
  /** The least heap that is supported: it must live. */
  SMALL_HEAP,
  /** A heap in which it can't live: it ends again and again, until it gets a larger one. */
  HEAP_TOO_SMALL,
  /** A control group in which it can't live: the kernel kills it again and again. */
  MEMORY_LIMIT,
  /** The least heap in a control group in which the kernel takes pages back all the time. */
  MEMORY_PRESSURE,
  /** No file and no connection can be opened for a tenth of a second, and again: it must live. */
  NO_DESCRIPTORS,
  /** Its clock jumps by up to a year, back and forth, five times a second: it must live. */
  CLOCK_JUMPS;

  private static final int READS = 160;
  private static final int ENOUGH_DEATHS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final Duration JUMP = Duration.ofMillis(200);
  private static final long MIB = 1 << 20;

  /** As docs/operations.md names it. */
  private static final String LEAST_HEAP = "-Xmx64m";

  /** Less than docs/operations.md names, so that the kernel has to take pages back. */
  private static final long SMALL_GROUP = 112 * MIB;

  private static final String NO_HEAP = "-Xms8m -Xmx12m";
  private static final long NO_GROUP = 80 * MIB;

  String word() {
    return "service-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private boolean mustLive() {
    return this == SMALL_HEAP || this == NO_DESCRIPTORS || this == CLOCK_JUMPS;
  }

  private boolean mustEnd() {
    return this == HEAP_TOO_SMALL || this == MEMORY_LIMIT;
  }

  /**
   * Breaks it while readers read, and mends it.
   *
   * @return how often something was broken; negative if this machine can't do that to it
   */
  long strike(Supervised service, Readers readers, long seed, Tally tally, Consumer<String> log)
      throws IOException {
    if (this == CLOCK_JUMPS) {
      return underFalseClock(service, readers, seed, tally, log);
    }
    if (this != MEMORY_LIMIT && this != MEMORY_PRESSURE) {
      return under(service, readers, seed, tally, null);
    }
    MemoryGroup group = MemoryGroup.make().orElse(null);
    if (group == null) {
      log.accept(word() + ": SKIPPED: nobody may bound memory by a control group on this machine");
      return -1;
    }
    try {
      group.limit(this == MEMORY_LIMIT ? NO_GROUP : SMALL_GROUP);
      long deaths = under(service, readers, seed, tally, group);
      log.accept(
          "%s: memory was short %d times, the most was %d MiB, the service ended %d times"
              .formatted(word(), group.met(), group.peak() / MIB, service.deaths()));
      return mustEnd() ? deaths : group.met();
    } finally {
      group.limit(Long.MAX_VALUE);
      service.startAsBefore();
      group.close();
    }
  }

  private long under(
      Supervised service, Readers readers, long seed, Tally tally, @Nullable MemoryGroup group) {
    Map<String, String> environment =
        switch (this) {
          case SMALL_HEAP, MEMORY_PRESSURE -> Map.of("SLUICE_JAVA_FLAGS", LEAST_HEAP);
          case HEAP_TOO_SMALL -> Map.of("SLUICE_JAVA_FLAGS", NO_HEAP);
          case MEMORY_LIMIT, NO_DESCRIPTORS, CLOCK_JUMPS -> Map.of();
        };
    service.startOtherwise(group == null ? List.of() : group.enter(), environment);
    Thread reading = read(readers, seed, tally);
    long injected = 1;
    if (!mustEnd()) {
      Waiting.until(word(), LIMIT, service::serves);
    }
    if (mustEnd()) {
      Waiting.until(word(), LIMIT, () -> service.deaths() >= ENOUGH_DEATHS);
      injected = service.deaths();
      service.startAsBefore();
    } else if (this == NO_DESCRIPTORS) {
      injected = limitDescriptors(service, reading);
    }
    join(reading);
    expectLife(service, tally);
    return injected;
  }

  private static Thread read(Readers readers, long seed, Tally tally) {
    return Thread.ofPlatform()
        .daemon()
        .name("reading")
        .start(() -> tally.add(readers.random(seed, READS)));
  }

  private void expectLife(Supervised service, Tally tally) {
    if (mustLive() && service.deaths() > 0) {
      tally.broken.add(
          "the service ended %d times; it said:%n%s"
              .formatted(service.deaths(), service.service().said()));
    }
  }

  private long underFalseClock(
      Supervised service, Readers readers, long seed, Tally tally, Consumer<String> log)
      throws IOException {
    FalseClock clock = FalseClock.in(service.directory()).orElse(null);
    if (clock == null) {
      log.accept(word() + ": SKIPPED: there is no libfaketime (apt-get install libfaketime)");
      return -1;
    }
    service.startOtherwise(List.of(), clock.environment());
    Waiting.until(word(), LIMIT, service::serves);
    if (service.service().said().contains(LocalDate.now(ZoneOffset.UTC).toString())) {
      tally.broken.add("the service sees the true clock: this proves nothing");
    }
    Thread reading = read(readers, seed, tally);
    Random random = new Random(seed);
    long jumps = 0;
    while (reading.isAlive()) {
      clock.jump(random);
      jumps++;
      join(reading, JUMP);
    }
    join(reading);
    expectLife(service, tally);
    service.startAsBefore();
    return jumps;
  }

  private static long limitDescriptors(Supervised service, Thread reading) {
    long times = 0;
    while (reading.isAlive()) {
      limitDescriptors(service, 16);
      join(reading, Duration.ofMillis(100));
      limitDescriptors(service, 1024);
      times++;
      join(reading, Duration.ofMillis(100));
    }
    return times;
  }

  private static void limitDescriptors(Supervised service, int most) {
    Program.run(LIMIT, "prlimit", "--pid", service.service().pid(), "--nofile=" + most + ":");
  }

  private static void join(Thread reading) {
    if (!join(reading, LIMIT)) {
      throw new IllegalStateException("readers did not end within " + LIMIT);
    }
  }

  private static boolean join(Thread reading, Duration limit) {
    try {
      return reading.join(limit);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while readers read", e);
    }
  }
}
