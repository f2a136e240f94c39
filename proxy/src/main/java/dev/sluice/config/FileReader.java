package dev.sluice.config;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads the configuration file into settings; every problem gets the line it stands in. */
final class FileReader {
  private static final long MOST_BYTES = 1 << 20;

  private final Path file;
  private final Settings settings;
  private final Problems problems;

  FileReader(Path file, Settings settings, Problems problems) {
    this.file = file;
    this.settings = settings;
    this.problems = problems;
  }

  /**
   * @param required whether a file that is missing is an error
   * @throws SluiceException NOT_FOUND if it is missing, LOCAL_IO if it can't be read
   */
  void read(boolean required) {
    String text = load(required);
    if (text == null) {
      return;
    }
    TomlParseResult parsed;
    try {
      parsed = Toml.parse(text);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      problems.add(file.toString(), "the TOML parser gave up on it");
      return;
    }
    for (TomlParseError error : parsed.errors()) {
      problems.add(where(error.position()), String.valueOf(error.getMessage()));
    }
    if (parsed.errors().isEmpty()) {
      top(parsed);
    }
  }

  private @Nullable String load(boolean required) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new SluiceException(
            FailureKind.INVALID,
            "read the configuration: %s is larger than 1 MiB, which is no configuration"
                .formatted(file));
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      if (!required) {
        return null;
      }
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "read the configuration: there is no file " + file,
          "name another with --config or SLUICE_CONFIG; sluice config default prints one",
          e);
    } catch (CharacterCodingException e) {
      throw new SluiceException(
          FailureKind.INVALID, "read the configuration: " + file + " is not UTF-8", e);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read the configuration: " + file + ": " + e.getMessage(), e);
    }
  }

  private void top(TomlTable root) {
    for (String name : root.keySet()) {
      Object value = root.get(List.of(name));
      Optional<Section> section = Section.called(name);
      if (value instanceof TomlTable table) {
        if (section.isPresent()) {
          section(section.get(), table);
        } else {
          problems.add(where(positionOf(root, name)), unknownTable(name, table));
        }
      } else if (section.isPresent()) {
        problems.add(
            where(positionOf(root, name)),
            "%s is a section: write [%s] and its keys below".formatted(name, name));
      } else {
        key(Section.TOP, name, value, positionOf(root, name));
      }
    }
  }

  private static String unknownTable(String name, TomlTable table) {
    boolean isKey = Key.at(Section.TOP, name).isPresent();
    if (isKey) {
      return name + " is a key, not a section: write it above all sections, as " + name + " = …";
    }
    return UnknownName.section(name, table.dottedKeySet());
  }

  private void section(Section section, TomlTable table) {
    for (String name : table.keySet()) {
      key(section, name, table.get(List.of(name)), positionOf(table, name));
    }
  }

  private void key(
      Section section, String name, @Nullable Object value, @Nullable TomlPosition position) {
    String where = where(position);
    Optional<Key<?>> key = Key.at(section, name);
    if (key.isEmpty() || value == null) {
      problems.add(where, UnknownName.key(section, name));
      return;
    }
    try {
      settings.set(key.get().readToml(value, where));
    } catch (IllegalArgumentException e) {
      problems.add(where, String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable TomlPosition positionOf(TomlTable table, String name) {
    return table.inputPositionOf(List.of(name));
  }

  private String where(@Nullable TomlPosition position) {
    return position == null ? file.toString() : file + ":" + position.line();
  }
}
