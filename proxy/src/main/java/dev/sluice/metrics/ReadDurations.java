package dev.sluice.metrics;

import dev.sluice.layer.ReadTimes;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** Shows how long reads took as a histogram. */
record ReadDurations(ReadTimes times) implements Collector {
  private static final String NAME = "sluice_fuse_request_duration_seconds";
  private static final String HELP = "Time from a request of the kernel to its answer";
  private static final String LABEL = "op";

  /** Lets the registry refuse a second one at once, not at the next scrape. */
  @Override
  public MetricFamilyDescriptor getMetricFamilyDescriptor() {
    return MetricFamilyDescriptor.histogram(NAME).help(HELP).labelNames(LABEL).build();
  }

  @Override
  public MetricSnapshot collect() {
    double[] bounds = ReadTimes.bounds();
    long[] counts = times.counts();
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < counts.length; i++) {
      buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
    }
    return HistogramSnapshot.builder()
        .name(NAME)
        .help(HELP)
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .labels(Labels.of(LABEL, "read"))
                .classicHistogramBuckets(buckets.build())
                .sum(times.nanos() / 1e9)
                .build())
        .build();
  }
}
