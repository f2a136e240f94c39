package dev.sluice.daemon;

import dev.sluice.face.FaceCounters;
import dev.sluice.face.LayerFace;
import dev.sluice.metrics.SluiceMetrics;
import dev.sluice.node.NodeCounters;
import dev.sluice.node.NodeLayers;
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

  static void bindFaces(SluiceMetrics metrics, NodeLayers node) {
    for (LayerFace face : LayerFace.values()) {
      metrics.gauge(
          "sluice_layers_shown",
          "Lazy layers by who answers for them: erofs is the kernel for names, disk for bytes too",
          Tags.of("face", face.label()),
          () -> node.shownBy(face));
    }
    FaceCounters counters = node.faces();
    if (counters != null) {
      String mounts = "Layers mounted by EROFS, by where their bytes come from";
      metrics.counter(
          "sluice_layer_mounts_total", mounts, Tags.of("face", "erofs"), counters::erofs);
      metrics.counter("sluice_layer_mounts_total", mounts, Tags.of("face", "disk"), counters::disk);
      metrics.counter(
          "sluice_layer_mounts_adopted_total",
          "Mounts of an earlier process that were kept",
          Tags.empty(),
          counters::adopted);
      metrics.counter(
          "sluice_layer_mount_failures_total",
          "Layers that could not be mounted by EROFS and are shown by FUSE",
          Tags.empty(),
          counters::failures);
      metrics.counter(
          "sluice_name_images_written_total",
          "Images of layers' names that were written",
          Tags.empty(),
          counters::images);
      metrics.counter(
          "sluice_name_images_damaged_total",
          "Of them, those that were kept, found damaged and written anew",
          Tags.empty(),
          counters::damagedImages);
    }
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
        Tags.of("how", "unplanned"),
        counters::planFailures);
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
