package dev.sluice.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/**
 * How values of one kind are written. Both readers throw {@link IllegalArgumentException} with what
 * was expected.
 *
 * @param name for people, e.g. "time"
 * @param expects how to write one, e.g. {@code a time such as "30s"}
 * @param ofText reads a flag or a variable
 * @param ofToml reads a value of the file; it throws what {@link #mismatch} gives for other kinds
 * @param toToml writes what {@code ofToml} reads back
 */
record ValueType<T>(
    String name,
    String expects,
    Function<String, T> ofText,
    Function<Object, T> ofToml,
    Function<T, String> toToml) {
  private static final int MOST_SHOWN = 60;

  static final ValueType<Duration> TIME =
      ofString("time", "a time such as \"30s\" or \"1m30s\"", TimeText::parse, TimeText::format);

  static final ValueType<Long> SIZE =
      new ValueType<>(
          "size",
          "a number of bytes such as \"64MiB\", \"1GB\" or 4096",
          SizeText::parse,
          value ->
              switch (value) {
                case String text -> SizeText.parse(text);
                case Long bytes when bytes >= 0 -> bytes;
                default -> throw mismatch(value);
              },
          bytes -> quote(SizeText.format(bytes)));

  static final ValueType<Integer> COUNT =
      new ValueType<>(
          "number",
          "a whole number",
          text -> count(text.matches("-?\\d{1,18}") ? Long.parseLong(text) : text),
          ValueType::count,
          String::valueOf);

  static final ValueType<Boolean> SWITCH =
      new ValueType<>(
          "switch",
          "true or false",
          text ->
              switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new IllegalArgumentException("found " + shown(text));
              },
          value -> {
            if (value instanceof Boolean known) {
              return known;
            }
            throw mismatch(value);
          },
          String::valueOf);

  static final ValueType<String> WORD =
      ofString("text", "a string", Function.identity(), Function.identity());

  static final ValueType<Path> FILE =
      ofString("path", "an absolute path", ValueType::path, Path::toString);

  static final ValueType<Optional<Path>> FILE_OR_NONE =
      ofString(
          "path",
          "an absolute path, or \"\"",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(path(text)),
          path -> path.map(Path::toString).orElse(""));

  static final ValueType<List<String>> WORDS =
      list("list of strings", "an array of strings", Function.identity(), Function.identity());

  static final ValueType<List<Path>> FILES =
      list("list of paths", "an array of absolute paths", ValueType::path, Path::toString);

  /** Names of an enum, in lower case. */
  static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
    List<String> names = Stream.of(type.getEnumConstants()).map(ValueType::lower).toList();
    return ofString(
        String.join(", ", names.subList(0, names.size() - 1)) + " or " + names.getLast(),
        "one of " + String.join(", ", names.stream().map(ValueType::quote).toList()),
        text -> {
          if (!names.contains(text)) {
            throw new IllegalArgumentException("found " + shown(text));
          }
          return type.getEnumConstants()[names.indexOf(text)];
        },
        ValueType::lower);
  }

  private static <T> ValueType<T> ofString(
      String name, String expects, Function<String, T> read, Function<T, String> write) {
    return new ValueType<>(
        name,
        expects,
        read,
        value -> {
          if (value instanceof String text) {
            return read.apply(text);
          }
          throw mismatch(value);
        },
        value -> quote(write.apply(value)));
  }

  private static <T> ValueType<List<T>> list(
      String name, String expects, Function<String, T> read, Function<T, String> write) {
    return new ValueType<>(
        name,
        expects,
        text ->
            Stream.of(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .map(read)
                .toList(),
        value -> {
          if (!(value instanceof TomlArray array)) {
            throw mismatch(value);
          }
          List<T> items = new ArrayList<>();
          for (int i = 0; i < array.size(); i++) {
            if (!(array.get(i) instanceof String text)) {
              throw mismatch(array.get(i));
            }
            items.add(read.apply(text));
          }
          return List.copyOf(items);
        },
        items ->
            "["
                + String.join(", ", items.stream().map(write).map(ValueType::quote).toList())
                + "]");
  }

  private static Integer count(Object value) {
    if (value instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw value instanceof Long ? new IllegalArgumentException("found " + value) : mismatch(value);
  }

  private static Path path(String text) {
    String plain = text.startsWith("unix://") ? text.substring("unix://".length()) : text;
    try {
      Path path = Path.of(plain).normalize();
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // Said below, as for a relative path.
    }
    throw new IllegalArgumentException("found " + shown(text));
  }

  private static IllegalArgumentException mismatch(Object value) {
    return new IllegalArgumentException(
        "found "
            + switch (value) {
              case String text -> "the string " + shown(text);
              case Long number -> "the number " + number;
              case Double number -> "the number " + number;
              case Boolean known -> known.toString();
              case TomlArray _ -> "an array";
              case TomlTable _ -> "a table";
              default -> "a date";
            });
  }

  private static String shown(String text) {
    return harmless("'" + text + "'");
  }

  /** A value in a message: short, and never one that may hold a password. */
  static String harmless(String text) {
    if (text.contains("@")) {
      return "a text with an @, which is not shown here";
    }
    return text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** A TOML basic string. */
  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        default -> {
          if (c < 0x20 || c == 0x7f) {
            quoted.append("\\u%04X".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
