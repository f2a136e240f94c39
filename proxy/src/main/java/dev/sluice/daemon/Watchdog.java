package dev.sluice.daemon;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd's watchdog that the service lives, from an event loop: if that hangs, so does the
 * service, and systemd restarts it. Containers keep their mounts over that only as far as the
 * kernel lets them, so {@code healthy} must be false for nothing less than a hang.
 */
public final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final Vertx vertx;
  private final long timer;

  private Watchdog(Vertx vertx, long timer) {
    this.vertx = vertx;
    this.timer = timer;
  }

  /**
   * @param healthy asked on the event loop, so it must not block
   * @return empty if no watchdog listens
   */
  public static Optional<Watchdog> start(
      Vertx vertx, ServiceNotify notify, BooleanSupplier healthy) {
    return notify.alivePeriod().map(period -> start(vertx, notify, healthy, period));
  }

  private static Watchdog start(
      Vertx vertx, ServiceNotify notify, BooleanSupplier healthy, Duration period) {
    long timer =
        vertx.setPeriodic(
            Math.max(1, period.toMillis()),
            _ -> {
              if (healthy.getAsBoolean()) {
                notify.alive();
              } else {
                LOG.error("the service hangs; the watchdog is not told that it lives");
              }
            });
    return new Watchdog(vertx, timer);
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }
}
