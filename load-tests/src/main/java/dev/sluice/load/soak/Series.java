package dev.sluice.load.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured of one thing over time, and whether it rises. */
final class Series {
  private final String name;
  private final double bound;
  private final List<Double> minutes = new ArrayList<>();
  private final List<Double> values = new ArrayList<>();

  /**
   * @param bound by how much the line through the last two thirds may rise
   */
  Series(String name, double bound) {
    this.name = name;
    this.bound = bound;
  }

  void add(double minute, double value) {
    minutes.add(minute);
    values.add(value);
  }

  double last() {
    return values.getLast();
  }

  String name() {
    return name;
  }

  /** The first third is the time in which caches fill. */
  double rise() {
    int from = minutes.size() / 3;
    List<Double> x = minutes.subList(from, minutes.size());
    List<Double> y = values.subList(from, values.size());
    return slope(x, y) * (x.getLast() - x.getFirst());
  }

  boolean isFlat() {
    return rise() < bound;
  }

  /** A line for people. */
  String verdict() {
    return String.format(
        Locale.ROOT,
        "%-12s %8.1f at first, %8.1f at most, %8.1f at last; rises by %7.2f, may by %.0f: %s",
        name,
        values.getFirst(),
        values.stream().mapToDouble(each -> each).max().orElseThrow(),
        last(),
        rise(),
        bound,
        isFlat() ? "flat" : "NOT FLAT");
  }

  /** Of the line of least squares. */
  private static double slope(List<Double> x, List<Double> y) {
    double meanX = x.stream().mapToDouble(each -> each).average().orElse(0);
    double meanY = y.stream().mapToDouble(each -> each).average().orElse(0);
    double above = 0;
    double below = 0;
    for (int i = 0; i < x.size(); i++) {
      above += (x.get(i) - meanX) * (y.get(i) - meanY);
      below += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return below == 0 ? 0 : above / below;
  }
}
