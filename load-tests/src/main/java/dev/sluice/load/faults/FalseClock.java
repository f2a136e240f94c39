package dev.sluice.load.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The time of day that one service sees, which jumps. By libfaketime; clocks that only go forward
 * stay true, as they do when a machine's clock is set.
 */
final class FalseClock {
  private static final Path LIBRARIES = Path.of("/usr/lib");
  private static final String LIBRARY = "faketime/libfaketimeMT.so.1";
  private static final int MOST_HOURS = 24 * 400;

  private final Path library;
  private final Path file;

  private FalseClock(Path library, Path file) {
    this.library = library;
    this.file = file;
  }

  /** One that is more than a year slow; empty if this machine has no libfaketime. */
  static Optional<FalseClock> in(Path directory) throws IOException {
    Optional<Path> library;
    try (Stream<Path> places = Files.list(LIBRARIES)) {
      library =
          Stream.concat(Stream.of(LIBRARIES), places)
              .map(place -> place.resolve(LIBRARY))
              .filter(Files::exists)
              .findFirst();
    }
    if (library.isEmpty()) {
      return Optional.empty();
    }
    FalseClock clock = new FalseClock(library.get(), directory.resolve("clock"));
    clock.set(-MOST_HOURS);
    return Optional.of(clock);
  }

  /** What a process has in its environment to see this clock. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        file.toString(),
        "FAKETIME_NO_CACHE",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1");
  }

  /** Sets it to any hour of the last or next year. */
  void jump(Random random) throws IOException {
    set(random.nextInt(-MOST_HOURS, MOST_HOURS));
  }

  /** Whoever looks sees the old time or the new one, never half a file. */
  private void set(int hours) throws IOException {
    Path draft = file.resolveSibling("clock.draft");
    Files.writeString(draft, "%+dh%n".formatted(hours));
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
