package dev.sluice.prefetch;

import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** An object of a manifest, whether it is written in JSON or TOML. */
interface ManifestTable {
  int line();

  Set<String> names();

  /**
   * The text, "" if absent. This and the others throw IllegalArgumentException for another type.
   */
  String text(String name);

  long integer(String name, long absent);

  List<ManifestTable> tables(String name);

  /** Of a JSON document. */
  record OfJson(JsonObject object) implements ManifestTable {
    @Override
    public int line() {
      return object.line();
    }

    @Override
    public Set<String> names() {
      return object.names();
    }

    @Override
    public String text(String name) {
      try {
        return object.string(name);
      } catch (SluiceException e) {
        throw new IllegalArgumentException(name + " must be a string", e);
      }
    }

    @Override
    public long integer(String name, long absent) {
      try {
        return object.has(name) ? object.integer(name) : absent;
      } catch (SluiceException e) {
        throw new IllegalArgumentException(name + " must be an integer", e);
      }
    }

    @Override
    public List<ManifestTable> tables(String name) {
      try {
        return object.objects(name).stream().<ManifestTable>map(OfJson::new).toList();
      } catch (SluiceException e) {
        throw new IllegalArgumentException(name + " must be a list of objects", e);
      }
    }
  }

  /** Of a TOML document. */
  record OfToml(TomlTable table, @Nullable TomlPosition position) implements ManifestTable {
    @Override
    public int line() {
      return position == null ? 1 : position.line();
    }

    @Override
    public Set<String> names() {
      return table.keySet();
    }

    @Override
    public String text(String name) {
      return switch (table.get(List.of(name))) {
        case null -> "";
        case String text -> text;
        default -> throw new IllegalArgumentException(name + " must be a string");
      };
    }

    @Override
    public long integer(String name, long absent) {
      return switch (table.get(List.of(name))) {
        case null -> absent;
        case Long number -> number;
        default -> throw new IllegalArgumentException(name + " must be an integer");
      };
    }

    @Override
    public List<ManifestTable> tables(String name) {
      Object value = table.get(List.of(name));
      if (value == null) {
        return List.of();
      }
      List<ManifestTable> tables = new ArrayList<>();
      if (value instanceof TomlArray array) {
        for (int i = 0; i < array.size(); i++) {
          if (array.get(i) instanceof TomlTable each) {
            tables.add(new OfToml(each, array.inputPositionOf(i)));
          } else {
            throw new IllegalArgumentException(name + " must be tables: [[" + name + "]]");
          }
        }
        return tables;
      }
      throw new IllegalArgumentException(name + " must be tables: [[" + name + "]]");
    }
  }
}
