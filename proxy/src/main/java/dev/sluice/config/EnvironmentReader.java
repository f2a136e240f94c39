package dev.sluice.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the variables {@code SLUICE_SECTION_KEY} into settings. */
final class EnvironmentReader {
  /*
   * A variable that is meant for us but misspelt shall not be overlooked, so one that names a
   * section or nearly names a key is an error. Others may bear our name: those of the launcher, and
   * those that Kubernetes gives every container for a Service called sluice or sluice-metrics
   * (SLUICE_PORT_9464_TCP_ADDR, SLUICE_METRICS_SERVICE_HOST).
   */
  static final String FILE = "SLUICE_CONFIG";
  private static final String PREFIX = "SLUICE_";
  private static final Set<String> OF_THE_LAUNCHER =
      Set.of(FILE, "SLUICE_JAVA_FLAGS", "SLUICE_BUILD", "SLUICE_TEST_RUN");
  private static final Pattern OF_KUBERNETES =
      Pattern.compile(
          "SLUICE_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.+)?)?)");

  private final Settings settings;
  private final Problems problems;

  EnvironmentReader(Settings settings, Problems problems) {
    this.settings = settings;
    this.problems = problems;
  }

  void read(Map<String, String> environment) {
    new TreeMap<>(environment)
        .forEach((name, value) -> {
          boolean ours =
              name.startsWith(PREFIX)
                  && !OF_THE_LAUNCHER.contains(name)
                  && !OF_KUBERNETES.matcher(name).matches();
          if (ours) {
            variable(name, value);
          }
        });
  }

  private void variable(String name, String value) {
    Optional<Key<?>> key = Keys.ALL.stream().filter(k -> k.variable().equals(name)).findFirst();
    if (key.isPresent()) {
      try {
        settings.set(key.get().readText(value, name));
      } catch (IllegalArgumentException e) {
        problems.add(name, String.valueOf(e.getMessage()));
      }
      return;
    }
    List<String> known = Keys.ALL.stream().map(k -> k.variable()).toList();
    Optional<String> near =
        Suggestion.nearest(
            name.substring(PREFIX.length()),
            known.stream().map(variable -> variable.substring(PREFIX.length())).toList());
    boolean namesSection =
        Section.titles().stream()
            .anyMatch(
                title -> name.startsWith(PREFIX + title.toUpperCase(java.util.Locale.ROOT) + "_"));
    if (near.isPresent() || namesSection) {
      problems.add(
          name,
          "there is no such variable"
              + near.map(n -> "; did you mean " + PREFIX + n + "?").orElse(""));
    }
  }
}
