package dev.sluice.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The value of every key; the last one set wins. */
final class Settings {
  private final Map<Key<?>, Setting<?>> byKey = new LinkedHashMap<>();

  /** What is configured if nobody configures anything. */
  Settings() {
    for (Key<?> key : Keys.ALL) {
      byKey.put(key, key.usualSetting());
    }
  }

  void set(Setting<?> setting) {
    byKey.put(setting.key(), setting);
  }

  <T> T get(Key<T> key) {
    return setting(key).value();
  }

  @SuppressWarnings("unchecked") // a setting is kept under its own key
  <T> Setting<T> setting(Key<T> key) {
    Setting<?> setting = byKey.get(key);
    if (setting == null) {
      throw new IllegalStateException(key.path() + " is not in the table of keys");
    }
    return (Setting<T>) setting;
  }

  List<Setting<?>> all() {
    return List.copyOf(byKey.values());
  }

  long changed() {
    return byKey.values().stream().filter(s -> !s.origin().equals(Setting.DEFAULT)).count();
  }
}
