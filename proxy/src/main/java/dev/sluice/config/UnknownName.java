package dev.sluice.config;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What to say about a name that is no key. */
final class UnknownName {
  private UnknownName() {}

  /** About a key in the file or in {@code --set}. */
  static String key(Section section, String name) {
    String path = section == Section.TOP ? name : section.title() + "." + name;
    return "there is no key " + path + hint(section, name, path);
  }

  static String section(String title) {
    return section(title, List.of());
  }

  /**
   * @param inside dotted names of what the section holds
   */
  static String section(String title, Collection<String> inside) {
    String ours =
        inside.stream()
            .map(name -> title + "." + name)
            .flatMap(name -> ofSoci(name).stream().map(key -> name + " is " + key.path()))
            .collect(Collectors.joining(", "));
    if (!ours.isEmpty()) {
      return "there is no section [%s]; soci-snapshotter's %s here".formatted(title, ours);
    }
    return "there is no section [%s]%s"
        .formatted(
            title,
            Suggestion.nearest(title, Section.titles())
                .map(near -> "; did you mean [" + near + "]?")
                .orElse(""));
  }

  private static String hint(Section section, String name, String path) {
    Optional<Key<?>> foreign = ofSoci(path);
    if (foreign.isPresent()) {
      return "; soci-snapshotter's " + path + " is " + foreign.get().path() + " here";
    }
    Optional<Key<?>> elsewhere = Keys.ALL.stream().filter(k -> k.name().equals(name)).findFirst();
    return Suggestion.nearest(name, Key.in(section).stream().map(Key::name).toList())
        .flatMap(near -> Key.at(section, near))
        .or(() -> elsewhere)
        .map(key -> "; did you mean " + key.path() + "?")
        .orElse("");
  }

  private static Optional<Key<?>> ofSoci(String path) {
    return Keys.ALL.stream().filter(key -> key.soci().contains(path)).findFirst();
  }
}
