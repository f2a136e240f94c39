package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured.
 *
 * @param usual the value if nobody sets one
 * @param purpose what it does, in sentences
 * @param rule the complaint about a value of the right type, or null
 * @param soci what the same thing is called in the configuration of AWS's soci-snapshotter
 */
record Key<T>(
    Section section,
    String name,
    ValueType<T> type,
    T usual,
    String purpose,
    Function<T, @Nullable String> rule,
    List<String> soci) {
  static <T> Key<T> of(Section section, String name, ValueType<T> type, T usual, String purpose) {
    return new Key<>(section, name, type, usual, purpose, _ -> null, List.of());
  }

  /** Values for which {@code holds} is false are refused, as the key "must be" something else. */
  Key<T> mustBe(String what, Function<T, Boolean> holds) {
    return new Key<>(
        section,
        name,
        type,
        usual,
        purpose,
        value -> {
          String earlier = rule.apply(value);
          return earlier != null || holds.apply(value) ? earlier : "must be " + what;
        },
        soci);
  }

  Key<T> knownToSociAs(String... names) {
    return new Key<>(section, name, type, usual, purpose, rule, List.of(names));
  }

  /** {@code section.name}, as flags and messages have it. */
  String path() {
    return section == Section.TOP ? name : section.title() + "." + name;
  }

  /** The variable that sets it. */
  String variable() {
    return "SLUICE_" + path().replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /**
   * Reads and checks a value.
   *
   * @throws IllegalArgumentException with what was expected
   */
  Setting<T> readText(String text, String origin) {
    return checked(type.ofText(), text, origin);
  }

  Setting<T> readToml(Object value, String origin) {
    return checked(type.ofToml(), value, origin);
  }

  private <V> Setting<T> checked(Function<V, T> reader, V value, String origin) {
    T read;
    try {
      read = reader.apply(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: expected %s, but %s".formatted(path(), type.expects(), e.getMessage()), e);
    }
    String complaint = rule.apply(read);
    if (complaint != null) {
      throw new IllegalArgumentException(
          "%s: %s, but is %s"
              .formatted(path(), complaint, ValueType.harmless(type.toToml().apply(read))));
    }
    return new Setting<>(this, read, origin);
  }

  Setting<T> usualSetting() {
    return new Setting<>(this, usual, Setting.DEFAULT);
  }

  static Optional<Key<?>> at(Section section, String name) {
    return Keys.ALL.stream()
        .filter(key -> key.section == section && key.name.equals(name))
        .findFirst();
  }

  static Optional<Key<?>> at(String path) {
    return Keys.ALL.stream().filter(key -> key.path().equals(path)).findFirst();
  }

  static List<Key<?>> in(Section section) {
    return new ArrayList<>(Keys.ALL.stream().filter(key -> key.section == section).toList());
  }
}
