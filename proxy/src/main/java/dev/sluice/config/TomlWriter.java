package dev.sluice.config;

import java.util.ArrayList;
import java.util.List;

/** Writes settings as a configuration file. */
final class TomlWriter {
  private static final int COLUMNS = 96;

  private TomlWriter() {}

  /** With the purpose of each key as a comment. */
  static String document(Settings settings) {
    StringBuilder out =
        new StringBuilder(
            """
            # The configuration of Sluice: /etc/sluice/config.toml. All values here are the defaults, so a file
            # needs only what differs. `sluice config check FILE` looks for mistakes, `sluice config dump` shows
            # what is in force and where it comes from.
            """);
    for (Section section : Section.values()) {
      out.append('\n');
      if (section != Section.TOP) {
        comment(out, section.purpose());
        out.append('[').append(section.title()).append("]\n");
      }
      for (Key<?> key : Key.in(section)) {
        comment(out, key.purpose());
        out.append(line(settings.setting(key))).append('\n');
      }
    }
    return out.toString();
  }

  /** With the origin of each value as a comment. */
  static String dump(Settings settings) {
    StringBuilder out = new StringBuilder();
    for (Section section : Section.values()) {
      if (section != Section.TOP) {
        out.append("\n[").append(section.title()).append("]\n");
      }
      List<Key<?>> keys = Key.in(section);
      int width =
          keys.stream().mapToInt(key -> line(settings.setting(key)).length()).max().orElse(0);
      for (Key<?> key : keys) {
        String line = line(settings.setting(key));
        out.append(line)
            .append(" ".repeat(width - line.length()))
            .append("  # ")
            .append(settings.setting(key).origin())
            .append('\n');
      }
    }
    return out.toString();
  }

  private static String line(Setting<?> setting) {
    return setting.key().name() + " = " + setting.toml();
  }

  private static void comment(StringBuilder out, String text) {
    for (String line : wrap(text)) {
      out.append("# ").append(line).append('\n');
    }
  }

  private static List<String> wrap(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > COLUMNS) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
