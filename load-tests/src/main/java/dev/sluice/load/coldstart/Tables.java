package dev.sluice.load.coldstart;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as tables in Markdown, which can be read as they are. */
final class Tables {
  private static final double MEGA = 1e6;

  private Tables() {}

  static String of(Results results) {
    StringBuilder out = new StringBuilder();
    for (Link link : results.options().links()) {
      out.append(of(results, link));
    }
    return out.toString();
  }

  /** What was measured over one link, and how. */
  static String of(Results results, Link link) {
    StringBuilder out = new StringBuilder();
    out.append("### ").append(link.title()).append("\n\n");
    head(results, link, out);
    table(results, link, out);
    return out.toString();
  }

  private static void head(Results results, Link link, StringBuilder out) {
    Options options = results.options();
    out.append(
        "Medians of %d rounds, seed %d; least and most in brackets. %s. Daemons %s.%n"
            .formatted(
                options.runs(),
                options.seed(),
                machine(results.machine()),
                options.settle() ? "idle before each trial" : "just started"));
    for (Calibration it : results.calibrations()) {
      if (it.link().equals(link)) {
        out.append(
            String.format(
                Locale.ROOT,
                "This link: %.1f ms for a new connection and a request, %.1f ms for a request,"
                    + " %.0f Mbit/s for one blob by curl.%n",
                it.connectMillis(),
                it.requestMillis(),
                it.megabitsPerSecond()));
      }
    }
    out.append(
        results.images().stream()
            .map(image ->
                String.format(
                    Locale.ROOT,
                    "%s %.1f MB in %d layers",
                    image.name(),
                    image.compressedBytes() / MEGA,
                    image.layers().size()))
            .collect(Collectors.joining(", ", "Images, compressed: ", ".\n\n")));
  }

  private static String machine(Map<String, String> machine) {
    return machine.entrySet().stream()
        .map(it -> it.getKey() + " " + it.getValue())
        .collect(Collectors.joining("; "));
  }

  private static void table(Results results, Link link, StringBuilder out) {
    out.append(
        "| image | start | pull s | create s | ready s | eager / this | MB | requests"
            + " | fetched / touched | daemon CPU s | pull client CPU s | peak MiB |\n");
    out.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (Summary it : results.summaries(link)) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.2f | %.2f | **%.2f** (%.2f–%.2f) | %s | %.1f | %.0f | %s | %.2f | %.2f | %.0f |%n",
              it.image(),
              it.mode().title(),
              it.median(Measurement::pullSeconds),
              it.median(Measurement::createSeconds),
              it.ready(),
              it.least(Measurement::readySeconds),
              it.most(Measurement::readySeconds),
              against(results, it),
              it.median(Measurement::bytes) / MEGA,
              it.median(Measurement::requests),
              ratio(it.median(Measurement::fetchedPerTouched)),
              it.median(Measurement::daemonCpuSeconds),
              it.median(Measurement::clientCpuSeconds),
              it.median(Measurement::daemonPeakMiB)));
    }
    out.append('\n');
  }

  private static String ratio(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** How many times sooner than eagerly; a second container against one on overlayfs. */
  private static String against(Results results, Summary it) {
    Mode reference = it.mode().isSecond() ? Mode.LOCAL : Mode.EAGER;
    if (it.mode() == reference) {
      return "";
    }
    return Summary.of(results.measurements(), it.image(), it.link(), reference)
        .map(eager -> String.format(Locale.ROOT, "%.2f", eager.ready() / it.ready()))
        .orElse("");
  }
}
