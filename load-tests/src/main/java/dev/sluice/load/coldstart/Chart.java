package dev.sluice.load.coldstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Times until ready as bars in SVG: a group for each image. */
final class Chart {
  private static final int WIDTH = 860;
  private static final int LEFT = 250;
  private static final int RIGHT = 110;
  private static final int BAR = 15;
  private static final int GAP = 10;
  private static final int TITLE = 34;

  private final StringBuilder out = new StringBuilder();
  private int y = 10;

  private Chart() {}

  static String of(Results results, Link link) {
    Chart chart = new Chart();
    chart.panel(link, results.summaries(link));
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
    font-family="sans-serif" font-size="12" role="img" aria-label="Seconds until ready">
    <rect width="%1$d" height="%2$d" fill="#ffffff"/>
    %3$s</svg>
    """
        .formatted(WIDTH, chart.y + GAP, chart.out);
  }

  private void panel(Link link, List<Summary> summaries) {
    y += TITLE;
    text(
        10,
        y - 12,
        "font-weight=\"bold\" font-size=\"14\"",
        "Seconds until ready: " + link.title());
    double longest = summaries.stream().mapToDouble(Summary::ready).max().orElse(1);
    String image = "";
    for (Summary it : summaries) {
      if (!it.image().equals(image)) {
        image = it.image();
        y += GAP;
        text(10, y + BAR - 3, "font-weight=\"bold\"", image);
      }
      bar(it, longest);
    }
  }

  private void bar(Summary it, double longest) {
    double scale = (WIDTH - LEFT - RIGHT) / longest;
    text(LEFT - 6, y + BAR - 3, "text-anchor=\"end\"", it.mode().title());
    out.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
            LEFT,
            y + 1,
            Math.max(1, it.ready() * scale),
            BAR - 2,
            it.mode().colour()));
    text(
        LEFT + it.ready() * scale + 5,
        y + BAR - 3,
        "fill=\"#333333\"",
        String.format(Locale.ROOT, "%.2f", it.ready()));
    y += BAR;
  }

  private void text(double x, int baseline, String style, String what) {
    List<String> escaped = new ArrayList<>();
    for (String part : what.split("&", -1)) {
      escaped.add(part.replace("<", "&lt;"));
    }
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\" %s>%s</text>%n",
            x,
            baseline,
            style,
            String.join("&amp;", escaped)));
  }
}
