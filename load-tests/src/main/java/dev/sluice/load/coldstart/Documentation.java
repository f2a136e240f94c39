package dev.sluice.load.coldstart;

import dev.sluice.load.Sluice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The marked section of {@code docs/performance.md}, and the chart beside it. */
final class Documentation {
  private static final String BEGIN =
      "<!-- coldstart: begin, written by load-tests/coldstart -->\n";
  private static final String END = "<!-- coldstart: end -->\n";

  private Documentation() {}

  static void write(Results results) throws IOException {
    Path docs = Sluice.home().resolve("docs");
    Path page = docs.resolve("performance.md");
    String text = Files.readString(page);
    Files.writeString(
        page, replace(text, "![Seconds until ready](coldstart.svg)\n\n" + Tables.of(results)));
    Files.writeString(docs.resolve("coldstart.svg"), Chart.of(results));
  }

  /** The text with what lies between the marks replaced. */
  static String replace(String text, String section) throws IOException {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          "docs/performance.md has no place for the results: it needs the lines\n" + BEGIN + END);
    }
    return text.substring(0, begin + BEGIN.length()) + section + text.substring(end);
  }
}
