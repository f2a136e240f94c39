package dev.sluice.daemon;

import dev.sluice.metrics.SluiceMetrics;
import dev.sluice.node.NodeCounters;
import dev.sluice.snapshot.SnapshotObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;

/** Counts of the snapshotter by operation and outcome, under their Prometheus names. */
final class SnapshotMetrics implements SnapshotObserver {
  private final MeterRegistry registry;

  SnapshotMetrics(SluiceMetrics metrics) {
    this.registry = metrics.registry();
  }

  @Override
  public void called(String operation, String status, Duration took) {
    registry
        .counter(
            "sluice_snapshot_operations_total",
            "op",
            operation.toLowerCase(Locale.ROOT),
            "code",
            status)
        .increment();
    Timer.builder("sluice_snapshot_operation_duration_seconds")
        .description("Time that calls of containerd took")
        .tag("op", operation.toLowerCase(Locale.ROOT))
        .register(registry)
        .record(took);
  }

  @Override
  public void brought(Outcome outcome, Duration took) {
    Timer.builder("sluice_layer_duration_seconds")
        .description("Time until a layer could be used, by how it came")
        .tag("how", outcome.name().toLowerCase(Locale.ROOT))
        .register(registry)
        .record(took);
  }

  static void bind(SluiceMetrics metrics, NodeCounters counters) {
    String brought = "Layers that containerd offered, by how they came";
    metrics.counter("sluice_layers_total", brought, Tags.of("how", "lazy"), counters::lazy);
    metrics.counter("sluice_layers_total", brought, Tags.of("how", "unpacked"), counters::unpacked);
    metrics.counter("sluice_layers_total", brought, Tags.of("how", "left"), counters::left);
    String failures = "Layers that could not come in a way that was tried";
    metrics.counter(
        "sluice_layer_failures_total", failures, Tags.of("how", "lazy"), counters::lazyFailures);
    metrics.counter(
        "sluice_layer_failures_total",
        failures,
        Tags.of("how", "unpacked"),
        counters::pullFailures);
    metrics.counter(
        "sluice_layer_failures_total",
        failures,
        Tags.of("how", "restored"),
        counters::restoreFailures);
    String indexes = "Images by what looking for their SOCI index gave";
    metrics.counter(
        "sluice_indexes_total", indexes, Tags.of("outcome", "found"), counters::indexFound);
    metrics.counter(
        "sluice_indexes_total", indexes, Tags.of("outcome", "absent"), counters::indexAbsent);
    metrics.counter(
        "sluice_indexes_total", indexes, Tags.of("outcome", "error"), counters::indexFailures);
  }
}
