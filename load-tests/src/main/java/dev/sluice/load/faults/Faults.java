package dev.sluice.load.faults;

import dev.sluice.embedded.EmbeddedOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs faults, each against a mount of its own with an empty cache, and counts. */
public final class Faults implements AutoCloseable {
  /** A read of some spans, each of which may be stalled for 3.75 s and again. */
  private static final Duration BOUND = Duration.ofSeconds(60);

  /** A read may meet a service that ends and is started several times. */
  private static final Duration SERVICE_BOUND = Duration.ofMinutes(5);

  private static final int READS = 160;

  private final Path directory;
  private final long seed;
  private final Truth truth;
  private final Consumer<String> log;

  /**
   * What one fault did.
   *
   * @param injected times that something was broken
   * @param reads under the fault and after it
   * @param bytes that were compared
   * @param errors reads that ended in an I/O error
   * @param broken what may never be
   */
  public record Outcome(
      String fault,
      long injected,
      long reads,
      long bytes,
      long errors,
      double longestSeconds,
      List<String> broken) {}

  public Faults(Path directory, long seed, Consumer<String> log) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.seed = seed;
    this.truth = Truth.make(seed, 40, 600_000);
    this.log = log;
  }

  /** The names of all faults. */
  public static List<String> names(boolean slowToo) {
    List<String> names = new ArrayList<>();
    for (NetworkFault fault : NetworkFault.values()) {
      if (slowToo || !fault.slow()) {
        names.add(fault.word());
      }
    }
    names.addAll(List.of("expired-urls", "expired-tokens", "dead-mirror-name", "no-descriptors"));
    for (DiskFault fault : DiskFault.values()) {
      names.add(fault.word());
    }
    for (ServiceFault fault : ServiceFault.values()) {
      if (slowToo) {
        names.add(fault.word());
      }
    }
    return names;
  }

  /** Runs one fault. */
  public Outcome run(String name, int round) throws IOException {
    long own = seed * 31 + name.hashCode() + round;
    for (DiskFault fault : DiskFault.values()) {
      if (fault.word().equals(name)) {
        return disk(fault, own);
      }
    }
    for (ServiceFault fault : ServiceFault.values()) {
      if (fault.word().equals(name)) {
        return service(fault, own);
      }
    }
    for (NetworkFault fault : NetworkFault.values()) {
      if (fault.word().equals(name)) {
        return network(fault, own);
      }
    }
    return switch (name) {
      case "expired-urls" -> expiredUrls(own);
      case "expired-tokens" -> expiredTokens(own);
      case "no-descriptors" -> noDescriptors(own);
      case "dead-mirror-name" -> deadMirror(own);
      default -> throw new IllegalArgumentException("there is no fault '" + name + "'");
    };
  }

  private EmbeddedOptions options() {
    return EmbeddedOptions.in(directory.resolve("registry"));
  }

  private World world(EmbeddedOptions options, long own) throws IOException {
    World.remove(directory.resolve("registry"));
    return World.make(directory, options, truth, own);
  }

  private Outcome network(NetworkFault fault, long own) throws IOException {
    try (World world = world(options(), own);
        MountProcess mount =
            MountProcess.start(world.fresh("mount"), world.reference(), List.of("--plain-http"))) {
      Readers readers = new Readers(mount.target(), truth, BOUND);
      Tally tally = new Tally();
      fault.begin(world, own);
      long end = System.nanoTime() + fault.lasts().toNanos();
      do {
        tally.add(readers.random(own + tally.reads.get(), fault.slow() ? READS / 4 : READS));
      } while (System.nanoTime() < end);
      fault.end(world);
      tally.add(readers.everything());
      long injected =
          fault == NetworkFault.LATENCY
              ? world.registry.traffic().requests()
              : world.wire.injected() + world.registry.faults().met();
      return outcome(fault.word(), injected, tally, mount);
    }
  }

  private Outcome expiredUrls(long own) throws IOException {
    try (World world = world(options().withSignedUrls(Duration.ofSeconds(30)), own)) {
      return harried(
          "expired-urls", world, own, _ -> World.await(world.registry.revokeSignedUrls()), _ -> {});
    }
  }

  private Outcome expiredTokens(long own) throws IOException {
    try (World world = world(options().withAccess(World.TOKENS), own)) {
      return harried(
          "expired-tokens", world, own, _ -> World.await(world.registry.revokeTokens()), _ -> {});
    }
  }

  /** No file and no connection can be opened for a tenth of a second, and again. */
  private Outcome noDescriptors(long own) throws IOException {
    try (World world = world(options(), own)) {
      boolean[] none = {false};
      return harried(
          "no-descriptors",
          world,
          own,
          mount -> {
            none[0] = !none[0];
            mount.limitDescriptors(none[0] ? 16 : 1024);
          },
          mount -> mount.limitDescriptors(1024));
    }
  }

  /** Something is done again and again while readers read, and undone after that. */
  private Outcome harried(
      String name,
      World world,
      long own,
      Consumer<MountProcess> again,
      Consumer<MountProcess> undone)
      throws IOException {
    try (MountProcess mount =
        MountProcess.start(world.fresh("mount"), world.reference(), List.of("--plain-http"))) {
      Readers readers = new Readers(mount.target(), truth, BOUND);
      long[] times = {0};
      Thread harrier =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try {
                  while (true) {
                    TimeUnit.MILLISECONDS.sleep(100);
                    again.accept(mount);
                    times[0]++;
                  }
                } catch (InterruptedException e) {
                  // enough
                }
              });
      Tally tally = readers.random(own, READS);
      harrier.interrupt();
      try {
        harrier.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
      undone.accept(mount);
      tally.add(readers.everything());
      return outcome(name, times[0], tally, mount);
    }
  }

  /** A mirror whose name nobody knows comes first. */
  private Outcome deadMirror(long own) throws IOException {
    try (World world = world(options(), own)) {
      Path all = world.fresh("hosts");
      Path hosts = Files.createDirectories(all.resolve(world.wire.host()));
      Files.writeString(
          hosts.resolve("hosts.toml"),
          """
          server = "http://%s"
          [host."http://mirror.invalid:5000"]
          capabilities = ["pull", "resolve"]
          """
              .formatted(world.wire.host()));
      try (MountProcess mount =
          MountProcess.start(
              world.fresh("mount"), world.reference(), List.of("--hosts-dir", all.toString()))) {
        Readers readers = new Readers(mount.target(), truth, BOUND);
        Tally tally = readers.random(own, READS);
        tally.add(readers.everything());
        return outcome("dead-mirror-name", 1, tally, mount); // broken from the beginning
      }
    }
  }

  private Outcome disk(DiskFault fault, long own) throws IOException {
    Random random = new Random(own);
    try (World world = world(options(), own)) {
      Path directory = world.fresh("mount");
      Path root = directory.resolve("root");
      Tally tally = new Tally();
      if (fault.wantsFileSystem()) {
        fault.mount(root);
      }
      try {
        int injected;
        try (MountProcess mount =
            MountProcess.start(directory, world.reference(), List.of("--plain-http"))) {
          Readers readers = new Readers(mount.target(), truth, BOUND);
          tally.add(readers.random(own, READS));
          tally.add(readers.everything());
          if (fault.inUse()) {
            injected = fault.strike(root, random);
            tally.add(readers.random(own + 1, READS));
            tally.add(readers.everything());
            return outcome(fault.word(), injected, tally, mount);
          }
        }
        injected = fault.strike(root, random);
        try (MountProcess mount =
            MountProcess.start(directory, world.reference(), List.of("--plain-http"))) {
          Readers readers = new Readers(mount.target(), truth, BOUND);
          tally.add(readers.random(own + 1, READS));
          tally.add(readers.everything());
          return outcome(fault.word(), injected, tally, mount);
        } catch (IllegalStateException e) {
          // Not to start at all is a plain answer too, where nothing can be written.
          boolean plain =
              fault == DiskFault.READ_ONLY
                  && String.valueOf(e.getMessage()).contains("can't write there");
          if (!plain) {
            throw e;
          }
          log.accept(fault.word() + ": it says so and does not start");
          return outcome(fault.word(), injected, tally, null);
        }
      } finally {
        if (fault.wantsFileSystem()) {
          DiskFault.unmount(root);
        }
      }
    }
  }

  private Outcome service(ServiceFault fault, long own) throws IOException {
    // What is valid for a while only is what a wrong clock could be wrong about.
    EmbeddedOptions options =
        fault == ServiceFault.CLOCK_JUMPS
            ? options().withSignedUrls(Duration.ofSeconds(5))
            : options();
    try (World world = world(options, own);
        Supervised service = Supervised.start(world)) {
      Readers readers = new Readers(service.target(), truth, SERVICE_BOUND);
      Tally tally = new Tally();
      tally.add(readers.random(own, READS / 4));
      long injected = fault.strike(service, readers, own + 1, tally, log);
      tally.add(readers.everything());
      if (!tally.broken.isEmpty()) {
        keep(fault.word(), service.service().said());
      }
      return outcome(fault.word(), injected, tally, null);
    }
  }

  private Outcome outcome(String fault, long injected, Tally tally, @Nullable MountProcess mount) {
    if (mount != null && !mount.isAlive()) {
      tally.broken.add("sluice mount has ended");
    }
    if (injected == 0) {
      tally.broken.add("nothing was broken: this proves nothing");
    }
    if (mount != null && !tally.broken.isEmpty()) {
      keep(fault, mount.said());
    }
    return new Outcome(
        fault,
        injected,
        tally.reads.get(),
        tally.bytes.get(),
        tally.errors.get(),
        tally.longestNanos.get() / 1e9,
        List.copyOf(tally.broken));
  }

  private void keep(String fault, String said) {
    Path kept = directory.resolveSibling("failed-" + fault + ".log");
    try {
      Files.writeString(kept, said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    log.accept("what it said: " + kept);
  }

  @Override
  public void close() {
    World.remove(directory);
  }
}
