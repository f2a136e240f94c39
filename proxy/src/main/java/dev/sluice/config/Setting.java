package dev.sluice.config;

/**
 * The value of a key and who set it.
 *
 * @param origin for people: "default", "FILE:LINE", a variable or a flag
 */
record Setting<T>(Key<T> key, T value, String origin) {
  static final String DEFAULT = "default";

  /** The value as TOML. */
  String toml() {
    return key.type().toToml().apply(value);
  }
}
