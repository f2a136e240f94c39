package dev.sluice.prefetch;

import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/** Reads a manifest; what is wrong in it is told with its line, and the rest is used. */
final class ManifestReader {
  static final int MOST_BYTES = 4 << 20;
  private static final int MOST_FILES = 10_000;
  private static final int MOST_PROBLEMS = 100;
  private static final int PRIORITY_BOUND = 1_000_000;

  private final String file;
  private final List<String> problems = new ArrayList<>();
  private int files;

  private ManifestReader(String file) {
    this.file = file;
  }

  /**
   * @param file {@code *.json} or {@code *.toml}
   */
  static Manifest read(Path file, byte[] bytes) {
    ManifestReader reader = new ManifestReader(file.toString());
    List<Manifest.Entry> images =
        bytes.length > MOST_BYTES
            ? reader.tooLarge()
            : file.toString().endsWith(".toml") ? reader.toml(bytes) : reader.json(bytes);
    return new Manifest(List.copyOf(images), List.copyOf(reader.problems));
  }

  private List<Manifest.Entry> tooLarge() {
    problem(1, "it is larger than 4 MiB: name directories by patterns instead of every file");
    return List.of();
  }

  private List<Manifest.Entry> json(byte[] bytes) {
    try {
      return top(new ManifestTable.OfJson(JsonObject.parse(file, bytes, MOST_BYTES)));
    } catch (SluiceException e) {
      problem(1, String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  private List<Manifest.Entry> toml(byte[] bytes) {
    TomlParseResult parsed;
    try {
      parsed = Toml.parse(new String(bytes, StandardCharsets.UTF_8));
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      problem(1, "the TOML parser gave up on it");
      return List.of();
    }
    for (TomlParseError error : parsed.errors()) {
      problem(error.position().line(), String.valueOf(error.getMessage()));
    }
    return parsed.errors().isEmpty() ? top(new ManifestTable.OfToml(parsed, null)) : List.of();
  }

  private List<Manifest.Entry> top(ManifestTable document) {
    List<Manifest.Entry> images = new ArrayList<>();
    try {
      if (document.integer("version", 1) != 1) {
        problem(document.line(), "its version is not 1, the only one that this Sluice knows");
        return List.of();
      }
      unknown(document, Set.of("version", "images", "$schema"));
      for (ManifestTable image : document.tables("images")) {
        image(image, images);
      }
    } catch (IllegalArgumentException e) {
      problem(document.line(), String.valueOf(e.getMessage()));
    }
    return images;
  }

  private void image(ManifestTable table, List<Manifest.Entry> images) {
    try {
      unknown(table, Set.of("image", "files", "priority"));
      String image = table.text("image");
      if (image.isEmpty()) {
        throw new IllegalArgumentException(
            "image is missing: give a reference, a pattern or a digest");
      }
      ImageMatch match = ImageMatch.of(image);
      long usual = priority(table, 0);
      List<WantedFile> wanted = new ArrayList<>();
      for (ManifestTable each : table.tables("files")) {
        file(each, usual, wanted);
      }
      images.add(new Manifest.Entry(match, List.copyOf(wanted)));
    } catch (IllegalArgumentException e) {
      problem(table.line(), String.valueOf(e.getMessage()));
    }
  }

  private void file(ManifestTable table, long usual, List<WantedFile> wanted) {
    try {
      unknown(table, Set.of("path", "priority", "ranges"));
      if (++files > MOST_FILES) {
        throw new IllegalArgumentException(
            "there are more than %d files: use patterns".formatted(MOST_FILES));
      }
      List<WantedFile.Range> ranges = new ArrayList<>();
      for (ManifestTable range : table.tables("ranges")) {
        unknown(range, Set.of("from", "to"));
        long from = range.integer("from", 0);
        long to = range.integer("to", Long.MAX_VALUE);
        if (from < 0 || to <= from) {
          throw new IllegalArgumentException(
              "the range from %d to %d is empty: from is the first byte, to the one behind the last"
                  .formatted(from, to));
        }
        ranges.add(new WantedFile.Range(from, to));
      }
      wanted.add(WantedFile.of(table.text("path"), ranges, (int) priority(table, usual)));
    } catch (IllegalArgumentException e) {
      problem(table.line(), String.valueOf(e.getMessage()));
    }
  }

  private static long priority(ManifestTable table, long usual) {
    long priority = table.integer("priority", usual);
    if (Math.abs(priority) > PRIORITY_BOUND) {
      throw new IllegalArgumentException("priority must be from -1000000 to 1000000");
    }
    return priority;
  }

  private void unknown(ManifestTable table, Set<String> known) {
    for (String name : table.names()) {
      if (!known.contains(name)) {
        problem(
            table.line(),
            "unknown key '%s'; known are %s"
                .formatted(name, String.join(", ", known.stream().sorted().toList())));
      }
    }
  }

  private void problem(int line, String what) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add("%s:%d: %s".formatted(file, line, what));
    }
  }
}
