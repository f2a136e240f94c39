package dev.sluice.metrics;

import dev.sluice.cache.CacheStats;
import dev.sluice.cache.Lane;
import dev.sluice.fetch.FetchScheduler;
import dev.sluice.fetch.FetchStats;
import dev.sluice.fetch.HostLoad;
import dev.sluice.fill.FillCounters;
import dev.sluice.fill.FillState;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.layer.ReadLog;
import dev.sluice.prefetch.HintCounters;
import dev.sluice.profile.RunCounters;
import dev.sluice.registry.FailoverReason;
import dev.sluice.registry.RegistryCounters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Gives every count of the read path its Prometheus name. Labels take few values, none of them from
 * an image: {@code sum()} over any of them makes sense.
 */
public final class SluiceMetrics implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Micrometer holds what it reads weakly. */
  private final List<LongSupplier> held = new CopyOnWriteArrayList<>();

  private final JvmGcMetrics gc = new JvmGcMetrics();

  public SluiceMetrics(String version) {
    Info.builder()
        .name("sluice_build_info")
        .help("Version of Sluice and of Java")
        .labelNames("version", "java")
        .register(registry.getPrometheusRegistry())
        .addLabelValues(version, Runtime.version().toString());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  public PrometheusMeterRegistry registry() {
    return registry;
  }

  public void bind(ReadLog log) {
    String reads = "Reads of files by how they were answered";
    counter("sluice_reads_total", reads, Tags.of("outcome", "hit"), log::hits);
    counter("sluice_reads_total", reads, Tags.of("outcome", "miss"), log::misses);
    counter("sluice_reads_total", reads, Tags.of("outcome", "error"), log::failures);
    counter("sluice_read_bytes_total", "Bytes that reads were answered with", log::bytes);
    seconds(
        "sluice_read_wait_seconds_total", "Time that reads waited for a fetch", log::waitedNanos);
    registry.getPrometheusRegistry().register(new ReadDurations(log.times()));
  }

  public void bind(FetchStats stats, FetchScheduler scheduler) {
    for (Lane lane : Lane.values()) {
      Tags of = Tags.of("lane", lane.name().toLowerCase(Locale.ROOT));
      counter(
          "sluice_fetches_total",
          "Ranges asked of registries, by the lane in which they started",
          of,
          () -> stats.fetchesOf(lane));
      gauge(
          "sluice_fetch_queue_size",
          "Fetches that wait for their turn",
          of,
          () -> scheduler.waiting(lane));
      gauge("sluice_fetch_in_flight", "Ranges under way", of, () -> scheduler.inFlight(lane));
      gauge(
          "sluice_fetch_link_bytes",
          "Bytes asked for that are still to come",
          of,
          () -> scheduler.inFlightBytes(lane));
    }
    gauge(
        "sluice_fetch_window",
        "Ranges that readers may ask of all registries together at once",
        Tags.empty(),
        () -> scheduler.hosts().stream().mapToInt(HostLoad::window).sum());
    counter(
        "sluice_fetch_promotions_total",
        "Spans on their way in a lower lane when a reader needed them",
        stats::promoted);
    counter(
        "sluice_fetch_hedges_total",
        "Ranges asked for twice as their first byte was late",
        stats::hedges);
    counter(
        "sluice_fetch_passed_bytes_total",
        "Bytes fetched only because they lay between wanted ones",
        stats::passedBytes);
    counter("sluice_fetch_failures_total", "Ranges that ended early", stats::failedFetches);
    counter("sluice_spans_total", "Spans verified and inflated", stats::spans);
    counter(
        "sluice_span_compressed_bytes_total", "Bytes of verified spans", stats::compressedBytes);
    counter("sluice_span_inflated_bytes_total", "Bytes of inflated spans", stats::inflatedBytes);
    counter(
        "sluice_span_verify_failures_total",
        "Spans whose bytes were not what the index says",
        stats::corruptSpans);
    seconds(
        "sluice_span_inflate_seconds_total",
        "Time spent verifying and inflating spans",
        stats::inflateNanos);
    String stages = "Time that spans took, added up, by where it went";
    stage(stages, "queue", () -> stats.times().queue());
    stage(stages, "network", () -> stats.times().network());
    stage(stages, "verify", () -> stats.times().verify());
    stage(stages, "inflate", () -> stats.times().inflate());
    gauge(
        "sluice_fetch_in_flight_bytes",
        "Memory that fetches hold",
        Tags.empty(),
        scheduler::memoryUsed);
  }

  public void bind(HintCounters hints, RunCounters runs) {
    counter(
        "sluice_hint_fetched_bytes_total",
        "Compressed bytes fetched because of hints",
        hints::fetchedBytes);
    String judged = "Of them, by whether they were read before the container was ready";
    counter("sluice_hint_bytes_total", judged, Tags.of("outcome", "used"), hints::usedBytes);
    counter("sluice_hint_bytes_total", judged, Tags.of("outcome", "wasted"), hints::wastedBytes);
    counter("sluice_hint_ranges_total", "Ranges fetched because of hints", hints::ranges);
    counter("sluice_hint_failures_total", "Of them, those that failed", hints::failedRanges);
    counter(
        "sluice_hint_refused_spans_total",
        "Spans that hints named beyond the bound of an image",
        hints::refusedSpans);
    String images = "Images that were shown, by whether they had a profile";
    counter("sluice_profile_images_total", images, Tags.of("outcome", "hit"), runs::withProfile);
    counter(
        "sluice_profile_images_total", images, Tags.of("outcome", "miss"), runs::withoutProfile);
    String recorded = "Runs of images that were recorded";
    counter("sluice_profile_runs_total", recorded, Tags.of("outcome", "kept"), runs::recorded);
    counter(
        "sluice_profile_runs_total", recorded, Tags.of("outcome", "error"), runs::recordFailures);
  }

  public void bind(FuseCounters counters) {
    String requests = "Requests of the kernel; an absent name is no error";
    for (FuseCounters.Operation operation : FuseCounters.Operation.values()) {
      String op = operation.name().toLowerCase(Locale.ROOT);
      counter(
          "sluice_fuse_requests_total",
          requests,
          Tags.of("op", op, "outcome", "ok"),
          () -> Math.max(0, counters.requests(operation) - counters.errors(operation)));
      counter(
          "sluice_fuse_requests_total",
          requests,
          Tags.of("op", op, "outcome", "error"),
          () -> counters.errors(operation));
    }
    counter("sluice_fuse_read_bytes_total", "Bytes given to the kernel", counters::bytesRead);
  }

  public void bind(Supplier<CacheStats> cache) {
    String requests = "Chunks asked of the cache by what answered";
    counter(
        "sluice_cache_requests_total",
        requests,
        Tags.of("tier", "memory", "outcome", "hit"),
        () -> cache.get().memoryHits());
    counter(
        "sluice_cache_requests_total",
        requests,
        Tags.of("tier", "disk", "outcome", "hit"),
        () -> cache.get().diskHits());
    counter(
        "sluice_cache_requests_total",
        requests,
        Tags.of("tier", "origin", "outcome", "miss"),
        () -> cache.get().misses());
    counter(
        "sluice_cache_requests_total",
        requests,
        Tags.of("tier", "origin", "outcome", "joined"),
        () -> cache.get().joins());
    String evictions = "Chunks that a tier let go, and why";
    counter(
        "sluice_cache_evictions_total",
        evictions,
        Tags.of("tier", "memory", "cause", "size"),
        () -> cache.get().memoryEvictions());
    counter(
        "sluice_cache_evictions_total",
        evictions,
        Tags.of("tier", "disk", "cause", "size"),
        () -> cache.get().diskEvictionsForBound());
    counter(
        "sluice_cache_evictions_total",
        evictions,
        Tags.of("tier", "disk", "cause", "reserve"),
        () -> cache.get().diskEvictionsForReserve());
    String evicted = "Chunks of open layers dropped from disk, by who had them brought or read";
    counter(
        "sluice_cache_evicted_chunks_total",
        evicted,
        Tags.of("class", "read"),
        () -> cache.get().evictedRead());
    counter(
        "sluice_cache_evicted_chunks_total",
        evicted,
        Tags.of("class", "hint"),
        () -> cache.get().evictedHinted());
    counter(
        "sluice_cache_evicted_chunks_total",
        evicted,
        Tags.of("class", "background"),
        () -> cache.get().evictedFilled());
    counter(
        "sluice_cache_evicted_layers_total",
        "Layers that nobody used, dropped whole from disk",
        () -> cache.get().layersEvicted());
    gauge(
        "sluice_cache_pinned_bytes",
        "Bytes on disk that are never evicted",
        Tags.empty(),
        () -> cache.get().pinnedBytes());
    String bytes = "Bytes that a tier holds";
    gauge("sluice_cache_bytes", bytes, Tags.of("tier", "memory"), () -> cache.get().memoryBytes());
    gauge("sluice_cache_bytes", bytes, Tags.of("tier", "disk"), () -> cache.get().diskBytes());
    gauge(
        "sluice_cache_outside_bytes",
        "Bytes of chunks in use or waiting for the disk",
        Tags.empty(),
        () -> cache.get().outsideBytes());
    counter(
        "sluice_cache_corrupt_chunks_total",
        "Chunks on disk that were not what was written",
        () -> cache.get().corruptChunks());
    counter(
        "sluice_cache_disk_errors_total",
        "Failed calls of the cache's file system",
        () -> cache.get().diskErrors());
    String dropped = "Chunks that were served but not written to disk, and why";
    counter(
        "sluice_cache_writes_dropped_total",
        dropped,
        Tags.of("cause", "queue"),
        () -> cache.get().writesDroppedQueue());
    counter(
        "sluice_cache_writes_dropped_total",
        dropped,
        Tags.of("cause", "space"),
        () -> cache.get().writesDroppedSpace());
    counter(
        "sluice_cache_writes_dropped_total",
        dropped,
        Tags.of("cause", "degraded"),
        () -> cache.get().writesDroppedDegraded());
    counter(
        "sluice_cache_writes_dropped_total",
        dropped,
        Tags.of("cause", "background"),
        () -> cache.get().writesDroppedBackground());
    gauge(
        "sluice_cache_disk_degraded",
        "1 while the disk tier takes no writes after an error",
        Tags.empty(),
        () -> cache.get().diskDegraded() ? 1 : 0);
  }

  /** Binds what filling does; {@code states} says how many layers are in each state. */
  public void bind(FillCounters fill, Function<FillState, Long> states) {
    counter("sluice_fill_bytes_total", "Unpacked bytes brought in the background", fill::bytes);
    counter("sluice_fill_failures_total", "Fetches in the background that failed", fill::failures);
    String paused = "Time in which there was something to fill and something else came first";
    counter(
        "sluice_fill_paused_seconds_total",
        paused,
        Tags.of("cause", "readers"),
        () -> Math.round(fill.pausedNanos() / NANOS));
    counter(
        "sluice_fill_paused_seconds_total",
        paused,
        Tags.of("cause", "room"),
        () -> Math.round(fill.noRoomNanos() / NANOS));
    String checked = "Layers of which all was here, by what their digest said";
    counter("sluice_layers_checked_total", checked, Tags.of("outcome", "right"), fill::complete);
    counter("sluice_layers_checked_total", checked, Tags.of("outcome", "wrong"), fill::wrong);
    for (FillState state : FillState.values()) {
      gauge(
          "sluice_fill_layers",
          "Lazy layers by how far they are from being all here",
          Tags.of("state", state.name().toLowerCase(Locale.ROOT)),
          () -> states.apply(state));
    }
  }

  public void bind(RegistryCounters traffic) {
    for (String method : RegistryCounters.METHODS) {
      for (int statusClass : new int[] {0, 1, 2, 3, 4, 5}) {
        counter(
            "sluice_registry_requests_total",
            "HTTP requests to registries",
            Tags.of("method", method, "code_class", statusClass == 0 ? "none" : statusClass + "xx"),
            () -> traffic.requests(method, statusClass));
      }
    }
    counter(
        "sluice_registry_received_bytes_total",
        "Bytes of bodies from registries",
        traffic::receivedBytes);
    counter(
        "sluice_registry_throttled_total",
        "Answers that asked for fewer requests",
        traffic::throttledAnswers);
    counter("sluice_registry_retries_total", "Requests sent again", traffic::retries);
    counter(
        "sluice_registry_breaker_opened_total",
        "Times that a registry was taken for dead",
        traffic::breakersOpened);
    gauge(
        "sluice_registry_dead",
        "Registries that are taken for dead and probed",
        Tags.empty(),
        traffic::breakersOpen);
    for (FailoverReason reason : FailoverReason.values()) {
      counter(
          "sluice_registry_failovers_total",
          "Times that the next host of a registry was asked, by what the one before did",
          Tags.of("reason", reason.label()),
          () -> traffic.failovers(reason));
    }
    String tokens = "Tokens asked for";
    counter(
        "sluice_registry_token_refreshes_total",
        tokens,
        Tags.of("outcome", "success"),
        () -> traffic.tokenRefreshes() - traffic.tokenFailures());
    counter(
        "sluice_registry_token_refreshes_total",
        tokens,
        Tags.of("outcome", "error"),
        traffic::tokenFailures);
  }

  private void counter(String name, String help, LongSupplier count) {
    counter(name, help, Tags.empty(), count);
  }

  /** Adds a counter that is read when it is scraped. */
  public void counter(String name, String help, Tags tags, LongSupplier count) {
    held.add(count);
    FunctionCounter.builder(name, count, LongSupplier::getAsLong)
        .description(help)
        .tags(tags)
        .register(registry);
  }

  private void stage(String help, String stage, LongSupplier nanos) {
    held.add(nanos);
    FunctionCounter.builder("sluice_span_stage_seconds_total", nanos, n -> n.getAsLong() / NANOS)
        .description(help)
        .tags("stage", stage)
        .register(registry);
  }

  private void seconds(String name, String help, LongSupplier nanos) {
    held.add(nanos);
    FunctionCounter.builder(name, nanos, n -> n.getAsLong() / NANOS)
        .description(help)
        .register(registry);
  }

  /** Adds a gauge that is read when it is scraped. */
  public void gauge(String name, String help, Tags tags, DoubleSupplier value) {
    Gauge.builder(name, value, DoubleSupplier::getAsDouble)
        .description(help)
        .tags(tags)
        .strongReference(true)
        .register((MeterRegistry) registry);
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
