package dev.sluice.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * containerd's configuration: its file and those that it imports, a later one before an earlier.
 */
final class ContainerdConfig {
  private final Path file;
  private final List<TomlParseResult> documents = new ArrayList<>();

  private ContainerdConfig(Path file) {
    this.file = file;
  }

  /**
   * @throws IOException if a file can't be read or is no TOML, naming it and the line
   */
  static ContainerdConfig read(Path file) throws IOException {
    ContainerdConfig config = new ContainerdConfig(file);
    TomlParseResult main = parse(file);
    config.documents.add(main);
    Object imports = main.get(List.of("imports"));
    if (imports instanceof TomlArray patterns) {
      for (Object pattern : patterns.toList()) {
        for (Path imported : matches(file, String.valueOf(pattern))) {
          config.documents.add(parse(imported));
        }
      }
    }
    return config;
  }

  private static TomlParseResult parse(Path file) throws IOException {
    TomlParseResult parsed;
    try {
      parsed = Toml.parse(file);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      throw new IOException(file + ": the TOML parser gave up on it", e);
    }
    if (!parsed.errors().isEmpty()) {
      var error = parsed.errors().getFirst();
      throw new IOException(
          "%s:%d: %s".formatted(file, error.position().line(), error.getMessage()));
    }
    return parsed;
  }

  /** Files that a pattern names, whose last part may have wildcards, from the file's directory. */
  private static List<Path> matches(Path file, String pattern) throws IOException {
    Path path = file.toAbsolutePath().resolveSibling(pattern);
    Path directory = path.getParent();
    Path name = path.getFileName();
    List<Path> found = new ArrayList<>();
    if (directory != null && name != null && Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, name.toString())) {
        files.forEach(found::add);
      }
    }
    found.sort(null);
    return found;
  }

  Path file() {
    return file;
  }

  /** 1 if the file names none. */
  int version() {
    return value("version").map(v -> v instanceof Long number ? number.intValue() : 0).orElse(1);
  }

  /** The value at a path of names, of the last file that has one. */
  Optional<Object> value(String... path) {
    for (TomlParseResult document : documents.reversed()) {
      Object at = document;
      for (String name : path) {
        at = at instanceof TomlTable table ? table.get(List.of(name)) : null;
      }
      if (at != null) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  Optional<String> text(String... path) {
    return value(path).map(Object::toString);
  }

  /** The names below a table. */
  Set<String> names(String... path) {
    Set<String> names = new LinkedHashSet<>();
    for (TomlParseResult document : documents) {
      Object at = document;
      for (String name : path) {
        at = at instanceof TomlTable table ? table.get(List.of(name)) : null;
      }
      if (at instanceof TomlTable table) {
        names.addAll(table.keySet());
      }
    }
    return names;
  }
}
