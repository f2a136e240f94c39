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
    head(results, out);
    for (Link link : results.options().links()) {
      of(results, link, out);
    }
    return out.toString();
  }

  private static void head(Results results, StringBuilder out) {
    Options options = results.options();
    out.append(
        "Medians of %d rounds, seed %d; least and most in brackets. %s.%n%n"
            .formatted(options.runs(), options.seed(), machine(results.machine())));
    out.append("| image | layers | compressed |\n|---|---|---|\n");
    for (Image image : results.images()) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.1f MB |%n",
              image.name(),
              image.layers().size(),
              image.compressedBytes() / MEGA));
    }
    out.append("\n| link | new connection and request | request | one blob by curl |\n");
    out.append("|---|---|---|---|\n");
    for (Calibration it : results.calibrations()) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f ms | %.1f ms | %.0f Mbit/s |%n",
              it.link().title(),
              it.connectMillis(),
              it.requestMillis(),
              it.megabitsPerSecond()));
    }
    out.append('\n');
  }

  private static String machine(Map<String, String> machine) {
    return machine.entrySet().stream()
        .map(it -> it.getKey() + " " + it.getValue())
        .collect(Collectors.joining("; "));
  }

  private static void of(Results results, Link link, StringBuilder out) {
    out.append("### ").append(link.title()).append("\n\n");
    out.append(
        "| image | start | pull s | create s | ready s | eager / this | MB | requests | daemon CPU s"
            + " | pull client CPU s | peak MiB |\n");
    out.append("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (Summary it : results.summaries(link)) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.2f | %.2f | **%.2f** (%.2f–%.2f) | %s | %.1f | %.0f | %.2f | %.2f | %.0f |%n",
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
              it.median(Measurement::daemonCpuSeconds),
              it.median(Measurement::clientCpuSeconds),
              it.median(Measurement::daemonPeakMiB)));
    }
    out.append('\n');
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
