package dev.sluice.cli;

import dev.sluice.control.CacheStatus;
import dev.sluice.control.StatusWriter;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sluice cache}: what the chunk cache holds and how often it helped; commands about it. */
@Command(
    name = "cache",
    description = {
      "Show the cache's tiers and how many reads they answered;",
      "drop, keep or complete what is in it."
    },
    subcommands = {
      CacheGcCommand.class,
      CacheWarmCommand.class,
      CachePinCommand.class,
      CacheUnpinCommand.class
    })
final class CacheCommand implements Runnable {
  private final Console console;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CacheCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    CacheStatus cache = service.client().cache();
    if (format.isJson()) {
      console.out().println(StatusWriter.cache(cache));
      return;
    }
    var stats = cache.stats();
    var table = new Table("TIER", "BYTES", "BOUND", "HITS", "EVICTED");
    table.row(
        "memory",
        ByteCount.show(stats.memoryBytes()),
        ByteCount.show(cache.memoryBound()),
        stats.memoryHits(),
        stats.memoryEvictions());
    table.row(
        stats.diskDegraded() ? "disk (failing)" : "disk",
        ByteCount.show(stats.diskBytes()),
        ByteCount.show(cache.diskBound()),
        stats.diskHits(),
        cache.diskEvictions());
    table.print(console.out());
    console
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%.1f %% of chunk reads answered here; %d fetches, %d failed; %d corrupt chunks dropped",
                100 * cache.hitRatio(),
                stats.fetches(),
                stats.fetchFailures(),
                stats.corruptChunks()));
    if (stats.pinnedBytes() > 0) {
      console.out().println(ByteCount.show(stats.pinnedBytes()) + " on disk are pinned");
    }
  }
}
