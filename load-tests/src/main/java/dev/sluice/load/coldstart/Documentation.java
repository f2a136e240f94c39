package dev.sluice.load.coldstart;

import dev.sluice.load.Sluice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The sections of {@code docs/performance.md} that the command writes, and the charts beside it.
 */
final class Documentation {
  private static final String BEGIN =
      "<!-- coldstart: begin, written by load-tests/coldstart -->\n";
  private static final String END = "<!-- coldstart: end -->\n";

  private Documentation() {}

  /** Rewrites the sections of the links that were measured; those of other links stay. */
  static void write(Results results) throws IOException {
    Path docs = Sluice.home().resolve("docs");
    Path page = docs.resolve("performance.md");
    String text = Files.readString(page);
    for (Link link : results.options().links()) {
      String chart = "coldstart-" + link.name().replace('/', '-') + ".svg";
      String section = Tables.of(results, link) + "![Seconds until ready](" + chart + ")\n\n";
      text = replace(text, link, section);
      Files.writeString(docs.resolve(chart), Chart.of(results, link));
    }
    Files.writeString(page, text);
  }

  /** The text with the section of a link replaced, or added behind the others. */
  static String replace(String text, Link link, String section) throws IOException {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          "docs/performance.md has no place for the results: it needs the lines\n" + BEGIN + END);
    }
    String head = "<!-- coldstart " + link.name() + ": begin -->\n";
    String foot = "<!-- coldstart " + link.name() + ": end -->\n";
    int first = text.indexOf(head, begin);
    int last = text.indexOf(foot, begin);
    if (first < 0) {
      return text.substring(0, end) + head + section + foot + text.substring(end);
    }
    if (last < first || last > end) {
      throw new IOException("docs/performance.md: the line is missing or misplaced:\n" + foot);
    }
    return text.substring(0, first) + head + section + text.substring(last);
  }
}
