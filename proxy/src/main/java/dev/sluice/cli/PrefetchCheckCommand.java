package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.prefetch.Manifests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code sluice prefetch check}: what the service would not understand. */
@Command(
    name = "check",
    description = {
      "Look for mistakes in prefetch manifests; ends with 2 if there are any.",
      "The service uses what is right of a manifest, and logs the rest."
    })
final class PrefetchCheckCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR",
      description = "Manifests (*.json, *.toml) or directories (default: /etc/sluice/prefetch.d).")
  private List<Path> places = List.of();

  PrefetchCheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Path> all = places.isEmpty() ? List.of(Path.of("/etc/sluice/prefetch.d")) : places;
    List<String> problems = new ArrayList<>();
    all.forEach(place -> problems.addAll(Manifests.check(place)));
    if (problems.isEmpty()) {
      console.out().println("ok");
      return 0;
    }
    problems.forEach(console.out()::println);
    return FailureKind.INVALID.exitCode();
  }
}
