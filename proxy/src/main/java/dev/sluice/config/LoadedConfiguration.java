package dev.sluice.config;

import java.util.List;

/** A configuration that was read and checked, and where each value came from. */
public final class LoadedConfiguration {
  /**
   * A value for people and programs.
   *
   * @param key {@code section.key}
   * @param value as TOML
   * @param origin "default", "FILE:LINE", a variable or a flag
   */
  public record Entry(String key, String value, String origin) {}

  private final Settings settings;

  LoadedConfiguration(Settings settings) {
    this.settings = settings;
  }

  public Configuration configuration() {
    return Configuration.of(settings);
  }

  /** All values in the order of the file. */
  public List<Entry> entries() {
    return settings.all().stream()
        .map(setting -> new Entry(setting.key().path(), setting.toml(), setting.origin()))
        .toList();
  }

  /** How many values are not the default's. */
  public long changed() {
    return settings.changed();
  }

  /** A file with these values and a comment with the origin of each. */
  public String dump() {
    return TomlWriter.dump(settings);
  }

  /** A file with these values and a comment about each key. */
  public String document() {
    return TomlWriter.document(settings);
  }
}
