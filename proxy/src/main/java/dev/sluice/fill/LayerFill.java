package dev.sluice.fill;

import dev.sluice.cache.LayerKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One layer on its way to being all here. Changed by the filling thread only. */
final class LayerFill {
  private static final int MOST_DOUBLINGS = 6;

  private FillLayer layer;
  private final FillOrder order;
  private boolean warm;
  private boolean started;
  private boolean checking;
  private boolean wrong;
  private int stepsUnderWay;
  private int failures;
  private long runningSince;
  private long retryAt;
  private long reads;
  private long lastRead;
  private volatile FillStatus status;

  LayerFill(FillLayer layer, long stepBytes, long now) {
    this.layer = layer;
    this.order = new FillOrder(layer.bytes(), stepBytes);
    this.reads = layer.reads().getAsLong();
    this.runningSince = now;
    this.lastRead = now;
    this.retryAt = now;
    this.wrong = layer.wrong();
    this.status =
        wrong
            ? new FillStatus(FillState.WRONG, "an earlier check found that its index is wrong")
            : new FillStatus(FillState.UNUSED, null);
  }

  FillLayer layer() {
    return layer;
  }

  LayerKey key() {
    return layer.key();
  }

  FillOrder order() {
    return order;
  }

  FillStatus status() {
    return status;
  }

  /** What the source says of it now. */
  void update(FillLayer seen, long now) {
    if (seen.running() != layer.running()) {
      runningSince = now;
      started = false;
    }
    long count = seen.reads().getAsLong();
    if (count != reads) {
      reads = count;
      lastRead = now;
    }
    layer = seen;
  }

  /** Whether it is the same opening of the layer. */
  boolean isOf(FillLayer seen) {
    return seen.bytes().equals(layer.bytes());
  }

  void warm() {
    warm = true;
    retryAt = System.nanoTime();
  }

  /** Its image was ready once: from now on a reader that waits is a reason to pause only. */
  void ready() {
    started = true;
  }

  boolean isReady() {
    return warm || started;
  }

  boolean isWarm() {
    return warm;
  }

  long lastRead() {
    return lastRead;
  }

  boolean allHere() {
    return layer.bytes().bytesOnDisk() == layer.bytes().map().size();
  }

  boolean checking() {
    return checking;
  }

  boolean isWrong() {
    return wrong;
  }

  int stepsUnderWay() {
    return stepsUnderWay;
  }

  boolean backsOff(long now) {
    return retryAt - now > 0;
  }

  /** How long a container has had it. */
  Duration runningFor(long now) {
    return Duration.ofNanos(now - runningSince);
  }

  // ---- events

  void stepBegun() {
    stepsUnderWay++;
    become(FillState.FILLING);
  }

  void stepEnded(FillOrder.Step step) {
    stepsUnderWay--;
    order.done(step);
  }

  void succeeded() {
    failures = 0;
    status = new FillStatus(status.state(), null);
  }

  void failed(String reason, Duration retry, long now) {
    retryAt = now + retry.toNanos() * (1L << Math.min(failures, MOST_DOUBLINGS));
    failures++;
    status = new FillStatus(FillState.FAILED, reason);
  }

  void checkBegun() {
    checking = true;
    become(FillState.CHECKING);
  }

  void checkEnded(boolean isWrong, @Nullable String reason, Duration retry, long now) {
    checking = false;
    wrong = isWrong;
    if (isWrong) {
      status = new FillStatus(FillState.WRONG, reason);
    } else if (reason != null) {
      failed(reason, retry, now);
    }
  }

  /** Whether a warmed layer is done with. */
  void cool() {
    warm = false;
  }

  void become(FillState state) {
    if (status.state() != state) {
      status = new FillStatus(state, status.failure());
    }
  }
}
