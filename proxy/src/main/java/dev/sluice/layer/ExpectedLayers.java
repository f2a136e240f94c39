package dev.sluice.layer;

import dev.sluice.fuse.ReadOnlyFs;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Layers that are not shown yet, and that requests wait for. */
final class ExpectedLayers {
  /*
   * Each goes from "comes" to "is there" (and out of the map) or "can't be shown" (a failed future:
   * an error at once, which the kernel does not keep, until a later try shows it after all). The
   * time runs for each from the start, so that no request waits longer, whatever holds it up.
   */
  private final Map<Long, CompletableFuture<Void>> layers = new ConcurrentHashMap<>();

  /** Done when none comes any more: names of layers can be listed then. Never fails. */
  private final CompletableFuture<Void> all;

  ExpectedLayers(Set<Integer> numbers, Duration longest) {
    for (int number : numbers) {
      layers.put(
          (long) number,
          new CompletableFuture<Void>().orTimeout(longest.toNanos(), TimeUnit.NANOSECONDS));
    }
    all =
        CompletableFuture.allOf(
            layers.values().stream()
                .map(each -> each.exceptionally(_ -> null))
                .toArray(CompletableFuture[]::new));
  }

  /** What a request for a node waits for; null if nothing. */
  @Nullable CompletionStage<?> of(long node) {
    if (node == ReadOnlyFs.ROOT) {
      return all.isDone() ? null : all;
    }
    return layers.get(node >>> 32);
  }

  /** Whether a layer is known, and not shown. */
  boolean has(long number) {
    return layers.containsKey(number);
  }

  /** It is shown, or its snapshot is gone: nobody waits for it any more. */
  void settled(int number) {
    CompletableFuture<Void> waited = layers.remove((long) number);
    if (waited != null) {
      waited.complete(null);
    }
  }

  void failed(int number, Throwable cause) {
    CompletableFuture<Void> waited = layers.get((long) number);
    if (waited != null) {
      waited.completeExceptionally(cause);
    }
  }

  /** Whether there is nothing more to wait for. */
  boolean isEmpty() {
    return layers.isEmpty();
  }
}
