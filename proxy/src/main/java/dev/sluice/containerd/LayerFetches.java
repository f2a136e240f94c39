package dev.sluice.containerd;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Brings layers into the content store, a few at a time. One thread asks. */
final class LayerFetches implements AutoCloseable {
  private static final int AT_ONCE = 3;
  private static final Duration OTHERS_TURN = Duration.ofMinutes(30);
  private static final long LOOK_AGAIN_MILLIS = 500;

  private final ContentStore content;
  private final ImageStore store;
  private final PullListener listener;
  private final Repository source;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore slots = new Semaphore(AT_ONCE);
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Values are the bytes that were fetched. */
  private final Map<Digest, CompletableFuture<Long>> fetches = new HashMap<>();

  LayerFetches(ContentStore content, ImageStore store, PullListener listener, Repository source) {
    this.content = content;
    this.store = store;
    this.listener = listener;
    this.source = source;
  }

  /** Begins to fetch these, in this order, unless that has happened. */
  void begin(List<Descriptor> layers) {
    for (Descriptor layer : layers) {
      fetches.computeIfAbsent(
          layer.digest(), _ -> CompletableFuture.supplyAsync(() -> fetch(layer), threads));
    }
  }

  /** Waits until a layer is there; gives the bytes that were fetched for it. */
  long await(Descriptor layer) {
    begin(List.of(layer));
    CompletableFuture<Long> fetch = fetches.get(layer.digest());
    String action = "fetch layer " + layer.digest();
    try {
      return fetch == null
          ? 0
          : fetch.get(ContainerdClient.PATIENT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = SluiceException.unwrap(e);
      throw cause instanceof SluiceException known
          ? known
          : new SluiceException(
              SluiceException.kindOf(cause),
              action + ": " + SluiceException.describe(cause),
              cause);
    } catch (TimeoutException e) {
      throw new SluiceException(FailureKind.TIMEOUT, action, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    }
  }

  private long fetch(Descriptor layer) {
    try {
      slots.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "fetch layer " + layer.digest() + ": interrupted", e);
    }
    try {
      return keep(layer);
    } finally {
      slots.release();
    }
  }

  private long keep(Descriptor layer) {
    long deadline = System.nanoTime() + OTHERS_TURN.toNanos();
    while (true) {
      Progress progress = new Progress(layer);
      try {
        content.keep(
            "layer-" + layer.digest(),
            layer,
            Map.of(),
            source,
            from -> open(layer, from),
            progress);
        progress.end(true);
        return progress.fetched();
      } catch (SluiceException e) {
        progress.end(false);
        if (!isLocked(e) || System.nanoTime() - deadline > 0 || isClosed()) {
          throw e;
        }
      }
    }
  }

  private InputStream open(Descriptor layer, long from) {
    return from == 0 ? store.openBlob(layer) : store.openRange(layer, from, layer.size());
  }

  /** Begins to show when the first byte can come; what an earlier attempt left doesn't count. */
  private final class Progress implements LongConsumer {
    private final Descriptor layer;
    private PullListener.@Nullable Fetch shown;
    private long fetched;

    Progress(Descriptor layer) {
      this.layer = layer;
    }

    @Override
    public void accept(long bytes) {
      if (shown == null) {
        shown = listener.fetching(layer);
      } else {
        fetched += bytes;
      }
      shown.advance(bytes);
    }

    void end(boolean complete) {
      if (shown != null) {
        shown.ended(complete);
      }
    }

    long fetched() {
      return fetched;
    }
  }

  /** Somebody else fetches the same layer: containerd lets one do it. */
  private static boolean isLocked(SluiceException failure) {
    return failure.kind() == FailureKind.UNAVAILABLE
        && String.valueOf(failure.getMessage()).contains("locked");
  }

  private boolean isClosed() {
    try {
      return closed.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Gives up what is still under way. */
  @Override
  public void close() {
    closed.countDown();
    threads.shutdownNow();
  }
}
