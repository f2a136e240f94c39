package dev.sluice.daemon;

import dev.sluice.keeper.DescriptorStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how far the service is (sd_notify). Without one, every call does
 * nothing. A message that can't be sent is logged once: the service works without.
 */
public final class ServiceNotify {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceNotify.class);

  private final @Nullable NotifySocket socket;
  private final @Nullable Duration watchdog;
  private final DescriptorStore descriptors;
  private final AtomicBoolean complained = new AtomicBoolean();

  private ServiceNotify(
      @Nullable NotifySocket socket, @Nullable Duration watchdog, DescriptorStore descriptors) {
    this.socket = socket;
    this.watchdog = watchdog;
    this.descriptors = descriptors;
  }

  /**
   * @param environment with NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, FDSTORE, LISTEN_PID,
   *     LISTEN_FDS and LISTEN_FDNAMES as systemd sets them
   */
  public static ServiceNotify of(Map<String, String> environment) {
    String name = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (name.isEmpty()) {
      return new ServiceNotify(null, null, DescriptorStore.NONE);
    }
    if (!name.startsWith("/") && !name.startsWith("@")) {
      LOG.warn("NOTIFY_SOCKET names neither a path nor an abstract socket; nobody is notified");
      return new ServiceNotify(null, null, DescriptorStore.NONE);
    }
    NotifySocket socket = new NotifySocket(name);
    return new ServiceNotify(socket, watchdog(environment), new NotifiedStore(socket, environment));
  }

  private static @Nullable Duration watchdog(Map<String, String> environment) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    boolean forUs = pid.isEmpty() || pid.equals(Long.toString(ProcessHandle.current().pid()));
    if (micros.isEmpty() || !forUs) {
      return null;
    }
    try {
      Duration time = Duration.ofNanos(Math.multiplyExact(Long.parseLong(micros), 1000));
      return time.isPositive() ? time : null;
    } catch (NumberFormatException | ArithmeticException e) {
      LOG.warn("WATCHDOG_USEC is no number of microseconds; the watchdog gets nothing");
      return null;
    }
  }

  /** Where descriptors outlive the process. */
  DescriptorStore descriptors() {
    return descriptors;
  }

  /** Whether a service manager listens. */
  public boolean isManaged() {
    return socket != null;
  }

  /** The service serves. */
  public void ready(String status) {
    send("READY=1\nSTATUS=" + oneLine(status));
  }

  /** What {@code systemctl status} shows. */
  public void status(String status) {
    send("STATUS=" + oneLine(status));
  }

  public void stopping() {
    send("STOPPING=1");
  }

  /** The service lives. */
  public void alive() {
    send("WATCHDOG=1");
  }

  /** How often {@link #alive} is to be called: thrice in the time after which we'd be killed. */
  public Optional<Duration> alivePeriod() {
    return Optional.ofNullable(watchdog).map(time -> time.dividedBy(3));
  }

  private void send(String message) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(message);
    } catch (IOException e) {
      if (complained.compareAndSet(false, true)) {
        LOG.warn("notify the service manager: {}", e.getMessage());
      }
    }
  }

  private static String oneLine(String text) {
    return text.replace('\n', ' ');
  }
}
