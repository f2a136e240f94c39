package dev.sluice.config;

import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts the configuration together: flags before environment before file before defaults.
 *
 * <p>A file that was named must exist; {@link #DEFAULT_FILE} need not.
 */
public final class ConfigurationLoader {
  public static final Path DEFAULT_FILE = Path.of("/etc/sluice/config.toml");

  /** A value from the command line: {@code flag} is how the user wrote it, for messages. */
  public record Flag(String flag, String key, String value) {
    /**
     * Reads {@code section.key=value}.
     *
     * @throws IllegalArgumentException if there is no {@code =}
     */
    public static Flag parse(String text) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "'%s' is no SECTION.KEY=VALUE, e.g. cache.disk=20GiB".formatted(text));
      }
      String key = text.substring(0, equals).strip();
      return new Flag("--set " + key, key, text.substring(equals + 1).strip());
    }
  }

  private final Map<String, String> environment;
  private final Path usualFile;

  public ConfigurationLoader(Map<String, String> environment) {
    this(environment, DEFAULT_FILE);
  }

  ConfigurationLoader(Map<String, String> environment, Path usualFile) {
    this.environment = environment;
    this.usualFile = usualFile;
  }

  /**
   * @param file what {@code --config} names, or null
   * @throws SluiceException INVALID with all errors, NOT_FOUND if a named file is missing
   */
  public LoadedConfiguration load(@Nullable Path file, List<Flag> flags) {
    String named = environment.getOrDefault(EnvironmentReader.FILE, "");
    if (file != null) {
      return load(file, true, environment, flags);
    }
    return named.isEmpty()
        ? load(usualFile, false, environment, flags)
        : load(Path.of(named), true, environment, flags);
  }

  /** The file alone, without environment and flags: what {@code config check FILE} looks at. */
  public static LoadedConfiguration loadFile(Path file) {
    return load(file, true, Map.of(), List.of());
  }

  /** The defaults. */
  public static LoadedConfiguration defaults() {
    return new LoadedConfiguration(new Settings());
  }

  private static LoadedConfiguration load(
      Path file, boolean required, Map<String, String> environment, List<Flag> flags) {
    Settings settings = new Settings();
    Problems problems = new Problems();
    new FileReader(file, settings, problems).read(required);
    new EnvironmentReader(settings, problems).read(environment);
    for (Flag flag : flags) {
      set(flag, settings, problems);
    }
    if (!problems.any()) {
      Relations.check(settings, problems);
    }
    problems.raise();
    return new LoadedConfiguration(settings);
  }

  private static void set(Flag flag, Settings settings, Problems problems) {
    Optional<Key<?>> key = Key.at(flag.key());
    if (key.isEmpty()) {
      int dot = flag.key().indexOf('.');
      String title = dot < 0 ? "" : flag.key().substring(0, dot);
      Optional<Section> section = dot < 0 ? Optional.of(Section.TOP) : Section.called(title);
      problems.add(
          flag.flag(),
          section
              .map(known -> UnknownName.key(known, flag.key().substring(dot + 1)))
              .orElseGet(() -> UnknownName.section(title)));
      return;
    }
    try {
      settings.set(key.get().readText(flag.value(), flag.flag()));
    } catch (IllegalArgumentException e) {
      problems.add(flag.flag(), String.valueOf(e.getMessage()));
    }
  }
}
