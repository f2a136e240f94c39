package dev.sluice.fill;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.TarCheck.Verdict;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fills the layers that containers use, when nobody waits for anything else. */
public final class BackgroundFill implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundFill.class);

  /** How often the layers are looked at. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** How long no reader may have waited, of any layer, for the next step. */
  private static final Duration IDLE = Duration.ofMillis(250);

  /** How long a full cache is left alone. */
  private static final Duration NO_ROOM_PAUSE = Duration.ofSeconds(10);

  private static final Duration STOP = Duration.ofSeconds(10);

  /** Steps on their way at once: the next one's request goes out while this one's bytes come. */
  private static final int STEPS = 2;

  /*
   * One thread owns all state. What happens elsewhere (a fetch ends, somebody wants a layer warm)
   * comes to it as an event; between events it makes one step after the other as far as readers,
   * room and rate allow. It never waits for a fetch.
   *
   * Readers come first in two ways: the lanes see to it that no fetch of theirs waits behind one of
   * ours, and while one of them waits, and a moment longer, no step begins.
   */
  private final ChunkCache cache;
  private final FillSource source;
  private final FillPolicy policy;
  private final TarChecks checks;
  private final FillCounters counters = new FillCounters();
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final Map<LayerKey, LayerFill> fills = new ConcurrentHashMap<>();
  private final RateLimit rate;
  private final Thread thread;
  private volatile boolean closed;
  private long lookedAt;
  private long noRoomUntil;
  private int stepsUnderWay;
  private long bytesUnderWay;

  private BackgroundFill(ChunkCache cache, FillSource source, FillPolicy policy) {
    this.cache = cache;
    this.source = source;
    this.policy = policy;
    this.checks = new TarChecks(cache.demand());
    long now = System.nanoTime();
    this.rate = new RateLimit(policy.bytesPerSecond(), now);
    this.noRoomUntil = now;
    this.lookedAt = now - LOOK.toNanos();
    this.thread = Thread.ofPlatform().daemon().name("sluice-fill").unstarted(this::run);
  }

  /** Something that fills the layers of a source once it is {@link #start started}. */
  public static BackgroundFill of(ChunkCache cache, FillSource source, FillPolicy policy) {
    return new BackgroundFill(cache, source, policy);
  }

  /** Begins, once; does nothing if it is closed. */
  public synchronized void start() {
    if (!closed) {
      thread.start();
    }
  }

  public FillCounters counters() {
    return counters;
  }

  /** How the layers are doing, by key; one that nobody shows is not there. */
  public Map<LayerKey, FillStatus> status() {
    return fills.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> each.getValue().status()));
  }

  /** Fills these layers now and as fast as it goes, whether a container has them or not. */
  public void warm(Collection<LayerKey> keys) {
    List<LayerKey> wanted = List.copyOf(keys);
    events.add(() -> {
      look(System.nanoTime());
      for (LayerKey key : wanted) {
        LayerFill fill = fills.get(key);
        if (fill != null) {
          fill.warm();
          fill.become(FillState.QUEUED);
          noRoomUntil = System.nanoTime();
        }
      }
    });
  }

  // ---- the filling thread

  private void run() {
    Duration pause = Duration.ZERO;
    while (!closed) {
      try {
        Runnable event = events.poll(pause.toNanos(), TimeUnit.NANOSECONDS);
        while (event != null) {
          event.run();
          event = events.poll();
        }
        long now = System.nanoTime();
        if (now - lookedAt >= LOOK.toNanos()) {
          look(now);
        }
        pause = step(now);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | Error e) {
        LOG.error("filling layers met a fault; it goes on", e);
        pause = LOOK;
      }
    }
  }

  /** Takes note of the layers that are shown now. */
  private void look(long now) {
    lookedAt = now;
    Map<LayerKey, FillLayer> seen =
        source.layers().stream()
            .collect(Collectors.toMap(FillLayer::key, each -> each, this::together));
    fills.keySet().retainAll(seen.keySet());
    seen.forEach((key, layer) -> {
      LayerFill known = fills.get(key);
      if (known == null || !known.isOf(layer)) {
        LayerFill fresh = new LayerFill(layer, policy.stepBytes(), now);
        if (known != null && known.isWarm()) {
          fresh.warm();
        }
        fills.put(key, fresh);
      } else {
        known.update(layer, now);
      }
    });
    Map<String, Boolean> quiet = new HashMap<>();
    fills.values().forEach(fill -> review(fill, now, quiet));
  }

  /** Two snapshots show the same layer. */
  private FillLayer together(FillLayer one, FillLayer other) {
    LayerFill known = fills.get(one.key());
    FillLayer kept = known != null && known.isOf(other) ? other : one;
    return new FillLayer(
        kept.image(),
        kept.layer(),
        kept.diffId(),
        kept.bytes(),
        one.running() || other.running(),
        kept.wrong(),
        () -> one.reads().getAsLong() + other.reads().getAsLong());
  }

  /**
   * What a layer waits for, if it is not being filled.
   *
   * @param quiet whether nobody reads of an image, as far as it was asked in this look: each image
   *     has many layers
   */
  private void review(LayerFill fill, long now, Map<String, Boolean> quiet) {
    if (fill.isWrong() || fill.checking()) {
      return;
    }
    boolean wanted = fill.isWarm() || (policy.enabled() && fill.layer().running());
    if (fill.allHere()) {
      if (fill.layer().bytes().complete()) {
        fill.cool();
        fill.become(FillState.COMPLETE);
      } else if ((wanted || policy.enabled()) && !fill.backsOff(now)) {
        check(fill);
      }
    } else if (!wanted) {
      fill.become(policy.enabled() ? FillState.UNUSED : FillState.OFF);
    } else if (fill.backsOff(now)) {
      return; // FAILED says why
    } else if (!fill.isReady() && !isReady(fill, now, quiet)) {
      fill.become(FillState.WAITING);
    } else {
      fill.ready();
      if (fill.stepsUnderWay() == 0) {
        fill.become(FillState.QUEUED);
      }
    }
  }

  private boolean isReady(LayerFill fill, long now, Map<String, Boolean> quiet) {
    Duration running = fill.runningFor(now);
    return running.compareTo(policy.startAfter()) >= 0
        || (running.compareTo(policy.quietTime()) >= 0
            && quiet.computeIfAbsent(fill.layer().image(), this::isQuiet));
  }

  private boolean isQuiet(String image) {
    return fills.values().stream()
        .filter(each -> each.layer().image().equals(image))
        .allMatch(each -> each.layer().bytes().demand().quietFor(policy.quietTime()));
  }

  private boolean isWaiting(LayerFill fill) {
    return switch (fill.status().state()) {
      case QUEUED, FILLING, PAUSED, NO_ROOM -> !fill.allHere();
      case OFF, UNUSED, WAITING, FAILED, CHECKING, COMPLETE, WRONG -> false;
    };
  }

  /** Begins one step if it can; returns how long to wait before the next try. */
  private Duration step(long now) {
    List<LayerFill> waiting =
        fills.values().stream()
            .filter(this::isWaiting)
            .sorted(
                Comparator.comparing(LayerFill::isWarm)
                    .thenComparingLong(LayerFill::lastRead)
                    .reversed()
                    .thenComparing(fill -> fill.key().name()))
            .toList();
    if (waiting.isEmpty() || stepsUnderWay >= STEPS) {
      return LOOK;
    }
    if (noRoomUntil - now > 0) {
      return waitFor(FillState.NO_ROOM, waiting, LOOK);
    }
    for (LayerFill fill : waiting) {
      if (!fill.isWarm()) {
        Duration unpaid = rate.delay(now);
        if (!cache.demand().quietFor(IDLE)) {
          return waitFor(FillState.PAUSED, waiting, IDLE);
        }
        if (unpaid.isPositive()) {
          return unpaid.compareTo(LOOK) < 0 ? unpaid : LOOK;
        }
      }
      FillOrder.@Nullable Step step = fill.order().next();
      if (step == null) {
        continue; // the rest of it is on its way
      }
      if (cache.roomForBackground() < bytesUnderWay + step.bytes()) {
        fill.order().done(step);
        noRoom(now);
        return waitFor(FillState.NO_ROOM, waiting, LOOK);
      }
      begin(fill, step, now);
      return Duration.ZERO;
    }
    return LOOK;
  }

  private Duration waitFor(FillState state, List<LayerFill> waiting, Duration time) {
    waiting.forEach(fill -> fill.become(state));
    (state == FillState.PAUSED ? counters.pausedNanos : counters.noRoomNanos).add(time.toNanos());
    return time;
  }

  private void noRoom(long now) {
    noRoomUntil = now + NO_ROOM_PAUSE.toNanos();
  }

  private void begin(LayerFill fill, FillOrder.Step step, long now) {
    stepsUnderWay++;
    bytesUnderWay += step.bytes();
    fill.stepBegun();
    if (!fill.isWarm()) {
      rate.take(fill.layer().compressed(step.bytes()), now);
    }
    var _ =
        fill.layer()
            .bytes()
            .fill(step.first(), step.last(), Lane.BACKGROUND)
            .whenComplete((done, failure) -> events.add(() -> ended(fill, step, failure)));
  }

  private void ended(LayerFill fill, FillOrder.Step step, @Nullable Throwable failure) {
    long now = System.nanoTime();
    stepsUnderWay--;
    bytesUnderWay -= step.bytes();
    fill.stepEnded(step);
    if (fills.get(fill.key()) != fill) {
      return; // nobody shows it any more
    }
    if (failure != null) {
      String reason = SluiceException.describe(failure);
      counters.failures.increment();
      fill.failed(reason, policy.retryAfter(), now);
      LOG.warn(
          "fill layer {} of {}: {}", fill.layer().layer().digest(), fill.layer().image(), reason);
    } else if (fill.order().arrived(step)) {
      counters.bytes.add(step.bytes());
      fill.succeeded();
      review(fill, now, new HashMap<>());
    } else if (cache.roomForBackground() < step.bytes()) {
      noRoom(now);
    } else {
      fill.failed("the cache's disk did not take what came", policy.retryAfter(), now);
    }
  }

  private void check(LayerFill fill) {
    fill.checkBegun();
    checks.check(
        fill.layer(),
        () -> !closed && fills.get(fill.key()) == fill,
        outcome -> events.add(() -> checked(fill, outcome)));
  }

  private void checked(LayerFill fill, TarChecks.Outcome outcome) {
    long now = System.nanoTime();
    if (fills.get(fill.key()) != fill) {
      return; // nobody shows it any more
    }
    boolean wrong = false;
    switch (outcome.verdict()) {
      case RIGHT -> counters.complete.increment();
      case WRONG -> {
        wrong = true;
        counters.wrong.increment();
        LOG.error("{}; its cached bytes are thrown away", outcome.reason());
        source.wrong(fill.layer());
      }
      case INCOMPLETE -> {}
    }
    fill.checkEnded(wrong, outcome.reason(), policy.retryAfter(), now);
    if (outcome.verdict() == Verdict.RIGHT) {
      review(fill, now, new HashMap<>());
    }
  }

  /** Begins nothing more; what is on its way still comes. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    events.add(() -> {});
    checks.close();
    try {
      boolean began = thread.getState() != Thread.State.NEW;
      if (began && !thread.join(STOP)) {
        LOG.warn("filling layers did not stop within {}", STOP);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
