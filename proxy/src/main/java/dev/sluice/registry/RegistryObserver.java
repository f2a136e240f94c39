package dev.sluice.registry;

import java.time.Duration;

/** Is told what the client does, for metrics. Called on event loops: must not block or throw. */
public interface RegistryObserver {
  /** Nobody wants to know. */
  RegistryObserver NONE = new RegistryObserver() {};

  /**
   * An HTTP request has ended.
   *
   * @param statusClass 2 for 2xx and so on; 0 if no answer came
   * @param receivedBytes of the body
   */
  default void requestFinished(
      String method, int statusClass, long receivedBytes, Duration duration) {}

  /** Bytes of a body arrived. */
  default void received(int bytes) {}

  /** A registry said that it is asked too often. */
  default void throttled() {}

  /** A request is sent again. */
  default void retried() {}

  /** A host failed and the next one of the same registry is asked. */
  default void failedOver(FailoverReason reason) {}

  /** A host that no other one stands behind is taken for dead, or no longer. */
  default void breakerOpen(String host, boolean open) {}

  /** A token was asked for. */
  default void tokenRefreshed(boolean gotOne) {}
}
