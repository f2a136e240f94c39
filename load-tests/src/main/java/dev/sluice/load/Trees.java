package dev.sluice.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compares two trees by all that a process in a container can see of them. */
public final class Trees {
  private static final Pattern PATH = Pattern.compile("\"path\": \"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern SIZE = Pattern.compile("\"size\": (\\d+)");

  /** Enough to read some gigabytes through a mount. */
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private static final String SCRIPT = "list_tree.py";

  private final Path script;

  /** Lists trees by a child process that needs a copy of its script in {@code directory}. */
  public Trees(Path directory) {
    script = directory.resolve(SCRIPT);
    try (InputStream in = Trees.class.getResourceAsStream(SCRIPT)) {
      Files.write(script, Objects.requireNonNull(in, SCRIPT).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("copy " + SCRIPT + " to " + directory, e);
    }
  }

  /**
   * Where {@code actual} differs from {@code expected}, one line for each path and side; empty if
   * they are equal in names, types, contents, modes, owners, times of change, link targets, device
   * numbers, extended attributes and hard links.
   */
  public List<String> differences(Path expected, Path actual) {
    return differences(list(expected), actual);
  }

  /** The same with what {@link #list} said of a tree. */
  public List<String> differences(Map<String, String> expected, Path actual) {
    return differences(expected, list(actual));
  }

  /** The same with what it said of both. */
  public static List<String> differences(Map<String, String> expected, Map<String, String> right) {
    Set<String> paths = new TreeSet<>(expected.keySet());
    paths.addAll(right.keySet());
    List<String> differences = new ArrayList<>();
    for (String path : paths) {
      String want = expected.getOrDefault(path, "absent");
      String have = right.getOrDefault(path, "absent");
      if (!want.equals(have)) {
        differences.add("%s%n  expected %s%n  but is   %s".formatted(path, want, have));
      }
    }
    return differences;
  }

  /** How many paths a tree has, its root included. */
  int size(Path tree) {
    return list(tree).size();
  }

  /** Bytes of all files in what {@link #list} said, those with several names by each. */
  public static long bytes(Map<String, String> listed) {
    return listed.values().stream()
        .filter(line -> line.contains("\"type\": \"file\""))
        .map(SIZE::matcher)
        .filter(Matcher::find)
        .mapToLong(size -> Long.parseLong(size.group(1)))
        .sum();
  }

  /** All that can be seen of a tree, a line for each path. */
  public Map<String, String> list(Path tree) {
    return Program.run(LIMIT, "python3", script, tree)
        .lines()
        .collect(Collectors.toMap(Trees::pathOf, line -> line));
  }

  private static String pathOf(String line) {
    var matcher = PATH.matcher(line);
    if (!matcher.find()) {
      throw new IllegalStateException("list_tree.py wrote a line without a path: " + line);
    }
    return matcher.group(1);
  }
}
