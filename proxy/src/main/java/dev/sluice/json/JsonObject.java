package dev.sluice.json;

import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object whose members are asked for by name and type.
 *
 * <p>Like Go's decoder it ignores unknown members and treats {@code null} as absent; unlike it, a
 * name is matched exactly, so that no two readers see different documents. An error names the
 * document and the path of the field.
 */
public final class JsonObject {
  private final String document;
  private final String path;
  private final Map<String, Object> members;

  private JsonObject(String document, String path, Map<String, Object> members) {
    this.document = document;
    this.path = path;
    this.members = members;
  }

  /**
   * @param document names the document in errors, e.g. {@code manifest of host/repo:tag}
   * @throws SluiceException INVALID if longer than {@code maxBytes}, CORRUPT if malformed
   */
  public static JsonObject parse(String document, byte[] json, int maxBytes) {
    return of(document, "", JsonParser.parse(document, json, maxBytes));
  }

  /** Parses a document that is an array of strings. */
  public static List<String> parseStrings(String document, byte[] json, int maxBytes) {
    Object value = JsonParser.parse(document, json, maxBytes);
    return new JsonObject(document, "", Map.of("list", value)).strings("list");
  }

  @SuppressWarnings("unchecked") // the parser makes no other maps
  private static JsonObject of(String document, String path, Object value) {
    if (!(value instanceof Map)) {
      throw mismatch(document, path.isEmpty() ? "the document" : path, "an object", value);
    }
    return new JsonObject(document, path, (Map<String, Object>) value);
  }

  /** The line of the document in which it begins, from 1. */
  public int line() {
    return members instanceof JsonParser.Members parsed ? parsed.line : 1;
  }

  public Set<String> names() {
    return members.keySet();
  }

  public boolean has(String name) {
    return member(name) != null;
  }

  /** The string, or "" if absent. */
  public String string(String name) {
    return switch (member(name)) {
      case null -> "";
      case String s -> s;
      case Object other -> throw mismatch(document, pathOf(name), "a string", other);
    };
  }

  /** The string, or null if absent or empty. */
  public @Nullable String stringOrNull(String name) {
    String value = string(name);
    return value.isEmpty() ? null : value;
  }

  /** The integer, or 0 if absent. */
  public long integer(String name) {
    Object value = member(name);
    if (value == null) {
      return 0;
    }
    if (value instanceof JsonParser.Numeral(String literal)) {
      try {
        return Long.parseLong(literal);
      } catch (NumberFormatException e) {
        throw JsonParser.failure(
            document, "field " + pathOf(name) + ": " + shown(literal) + " is no 64-bit integer", e);
      }
    }
    throw mismatch(document, pathOf(name), "an integer", value);
  }

  /** The boolean, or false if absent. */
  public boolean bool(String name) {
    return switch (member(name)) {
      case null -> false;
      case Boolean b -> b;
      case Object other -> throw mismatch(document, pathOf(name), "a boolean", other);
    };
  }

  public @Nullable JsonObject object(String name) {
    Object value = member(name);
    return value == null ? null : of(document, pathOf(name), value);
  }

  /** The objects of an array, empty if absent. */
  public List<JsonObject> objects(String name) {
    List<Object> items = array(name);
    var objects = new ArrayList<JsonObject>(items.size());
    for (int i = 0; i < items.size(); i++) {
      objects.add(of(document, pathOf(name) + "[" + i + "]", items.get(i)));
    }
    return objects;
  }

  /** The strings of an array, empty if absent. */
  public List<String> strings(String name) {
    List<Object> items = array(name);
    var strings = new ArrayList<String>(items.size());
    for (int i = 0; i < items.size(); i++) {
      Object item = items.get(i);
      if (!(item instanceof String s)) {
        throw mismatch(document, pathOf(name) + "[" + i + "]", "a string", item);
      }
      strings.add(s);
    }
    return strings;
  }

  /** The integers of an array, empty if absent. */
  public List<Long> integers(String name) {
    List<Object> items = array(name);
    var integers = new ArrayList<Long>(items.size());
    for (int i = 0; i < items.size(); i++) {
      String item = name + "[" + i + "]";
      integers.add(new JsonObject(document, path, Map.of(item, items.get(i))).integer(item));
    }
    return integers;
  }

  /** An object of strings, empty if absent; a member that is {@code null} counts as "". */
  public SortedMap<String, String> stringMap(String name) {
    var map = new TreeMap<String, String>();
    JsonObject object = object(name);
    if (object != null) {
      for (String key : object.names()) {
        map.put(key, object.string(key));
      }
    }
    return map;
  }

  /** A failure about a member, in the form that all errors here have. */
  public SluiceException invalid(String name, String what) {
    return JsonParser.failure(document, "field " + pathOf(name) + ": " + what, null);
  }

  public String document() {
    return document;
  }

  private List<Object> array(String name) {
    Object value = member(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    throw mismatch(document, pathOf(name), "an array", value);
  }

  private @Nullable Object member(String name) {
    Object value = members.get(name);
    return value instanceof JsonParser.Null ? null : value;
  }

  private String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static SluiceException mismatch(String document, String path, String want, Object have) {
    String kind =
        switch (have) {
          case Map<?, ?> _ -> "an object";
          case List<?> _ -> "an array";
          case String _ -> "a string";
          case Boolean _ -> "a boolean";
          case JsonParser.Numeral _ -> "a number";
          default -> "null";
        };
    String where = path.equals("the document") ? path : "field " + path;
    return JsonParser.failure(document, where + ": expected " + want + ", found " + kind, null);
  }

  private static String shown(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}
