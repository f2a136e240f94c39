package dev.sluice.registry;

import io.vertx.core.Vertx;

/** Makes registry clients. */
public final class RegistryClients {
  private RegistryClients() {}

  /**
   * A client. Keep one per process: it holds connections, tokens and the places of blobs. Its
   * futures end on an event loop.
   */
  public static RegistryClient create(Vertx vertx, RegistryOptions options) {
    return new HttpRegistryClient(vertx, options);
  }
}
