package dev.sluice.load.coldstart;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Some measurements of the same thing: medians, and how far they lie apart. */
record Summary(String image, Link link, Mode mode, List<Measurement> runs) {
  double median(ToDoubleFunction<Measurement> what) {
    double[] sorted = runs.stream().mapToDouble(what).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double least(ToDoubleFunction<Measurement> what) {
    return runs.stream().mapToDouble(what).min().orElse(Double.NaN);
  }

  double most(ToDoubleFunction<Measurement> what) {
    return runs.stream().mapToDouble(what).max().orElse(Double.NaN);
  }

  double ready() {
    return median(Measurement::readySeconds);
  }

  /** Those of one image, link and mode; empty if nothing was measured. */
  static Optional<Summary> of(List<Measurement> all, String image, Link link, Mode mode) {
    List<Measurement> runs =
        all.stream()
            .filter(it -> it.image().equals(image) && it.link().equals(link) && it.mode() == mode)
            .toList();
    return runs.isEmpty() ? Optional.empty() : Optional.of(new Summary(image, link, mode, runs));
  }
}
