package dev.sluice.load.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;

/** {@code load-tests/faults}. */
public final class FaultsMain {
  private static final String USAGE =
      """
      usage: load-tests/faults [OPTIONS]

      Breaks networks, registries and disks under a real mount, and memory, descriptors and the clock
      under a service with a containerd of its own, one fault after the other, while four readers compare every
      byte with the truth. Exits with 1 if a byte was wrong, a read took longer than 60 s (5
      minutes where the service is killed again and again), or a file could not be read a minute after
      the fault. Needs root. What this machine can't do is skipped, and said.

        --rounds N      how often each fault is run (default 1)
        --seed N        of contents, faults and reads (default: another each time; printed)
        --only LIST     these faults, with commas between them; see --list
        --quick         without the faults for which readers wait long
        --list          name the faults
        --directory DIR where state is kept meanwhile (default: a new one in /var/tmp)
      """;

  private int rounds = 1;
  private long seed = System.nanoTime() & 0xffff_ffffL;
  private List<String> only = Faults.names(true);
  private Path directory = Path.of("/var/tmp/sluice-faults-" + ProcessHandle.current().pid());

  private FaultsMain() {}

  public static void main(String[] arguments) throws IOException {
    List<String> all = List.of(arguments);
    if (all.contains("--help") || all.contains("-h")) {
      System.out.print(USAGE);
    } else if (all.contains("--list")) {
      Faults.names(true).forEach(System.out::println);
    } else {
      System.exit(new FaultsMain().run(new ArrayDeque<>(Arrays.asList(arguments))));
    }
  }

  private int run(Deque<String> arguments) throws IOException {
    try {
      while (!arguments.isEmpty()) {
        take(arguments.removeFirst(), arguments);
      }
    } catch (IllegalArgumentException e) {
      System.err.println("faults: " + e.getMessage());
      System.err.print(USAGE);
      return 2;
    }
    System.out.printf("seed %d%n", seed);
    Files.createDirectories(directory);
    List<Faults.Outcome> outcomes = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Random order = new Random(seed);
    Consumer<String> log = System.err::println;
    try (Faults faults = new Faults(directory.resolve("work"), seed, log)) {
      for (int round = 1; round <= rounds; round++) {
        List<String> names = new ArrayList<>(only);
        Collections.shuffle(names, order);
        for (String name : names) {
          run(faults, name, round, outcomes, problems);
        }
      }
    }
    if (problems.isEmpty()) {
      var _ = directory.toFile().delete(); // unless others have put something there
    }
    long bytes = outcomes.stream().mapToLong(Faults.Outcome::bytes).sum();
    System.out.printf(
        Locale.ROOT,
        "%d runs, %d times something was broken, %d reads, %.1f MB compared, %d I/O errors,"
            + " longest read %.1f s, %d problems; seed %d%n",
        outcomes.size(),
        outcomes.stream().mapToLong(outcome -> Math.max(0, outcome.injected())).sum(),
        outcomes.stream().mapToLong(Faults.Outcome::reads).sum(),
        bytes / 1e6,
        outcomes.stream().mapToLong(Faults.Outcome::errors).sum(),
        outcomes.stream().mapToDouble(Faults.Outcome::longestSeconds).max().orElse(0),
        problems.size(),
        seed);
    problems.forEach(problem -> System.out.println("PROBLEM " + problem));
    return problems.isEmpty() ? 0 : 1;
  }

  private static void run(
      Faults faults, String name, int round, List<Faults.Outcome> outcomes, List<String> problems) {
    try {
      Faults.Outcome it = faults.run(name, round);
      outcomes.add(it);
      System.out.printf(
          Locale.ROOT,
          "%-23s broken %6d times, %5d reads, %6.1f MB compared, %4d I/O errors, longest %5.1f s%s%n",
          it.fault(),
          it.injected(),
          it.reads(),
          it.bytes() / 1e6,
          it.errors(),
          it.longestSeconds(),
          it.broken().isEmpty() ? it.injected() < 0 ? "  SKIPPED" : "" : "  FAILED");
      it.broken().stream().limit(5).forEach(each -> problems.add(name + ": " + each));
    } catch (IOException | RuntimeException e) {
      System.out.printf("%-22s FAILED%n", name);
      problems.add(name + ", round " + round + ": " + e);
    }
  }

  private void take(String flag, Deque<String> left) {
    if (flag.equals("--quick")) {
      only = Faults.names(false);
      return;
    }
    if (left.isEmpty()) {
      throw new IllegalArgumentException("unknown option, or its value is missing: " + flag);
    }
    String value = left.removeFirst();
    switch (flag) {
      case "--rounds" -> rounds = Integer.parseInt(value);
      case "--seed" -> seed = Long.parseLong(value);
      case "--directory" -> directory = Path.of(value).toAbsolutePath();
      case "--only" -> {
        only = List.of(value.split(",", -1));
        for (String name : only) {
          if (!Faults.names(true).contains(name)) {
            throw new IllegalArgumentException("there is no fault '" + name + "'; see --list");
          }
        }
      }
      default -> throw new IllegalArgumentException("unknown option: " + flag);
    }
  }
}
