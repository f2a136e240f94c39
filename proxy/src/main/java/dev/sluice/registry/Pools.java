package dev.sluice.registry;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection pools: one with TLS and one without for each way in which hosts are reached. */
final class Pools {
  private static final Logger log = LoggerFactory.getLogger(Pools.class);
  private static final int CHUNK_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 64 << 10;
  private static final int HTTP2_CONNECTIONS = 4;
  private static final int HTTP2_STREAMS_PER_CONNECTION = 16;
  private static final int HTTP2_STREAM_WINDOW = 4 << 20;
  private static final int HTTP2_CONNECTION_WINDOW = 64 << 20;
  private static final int WAITING_REQUESTS = 10_000;
  private static final int KEEP_ALIVE_SECONDS = 30;

  /** Certificates are renewed, and each renewal is another way. */
  private static final int MOST_WAYS = 64;

  /** How long requests that are under way have when a pool is given up. */
  private static final int LEAVE_MINUTES = 5;

  private final Vertx vertx;
  private final RegistryOptions options;
  private final SystemTrust system;
  private final Predicate<String> forbidden;
  // Held here for the client's life: a collected HttpClient closes its connections silently.
  private final Map<Reach, Way> ways = new LinkedHashMap<>(16, 0.75f, true);

  Pools(Vertx vertx, RegistryOptions options) {
    this(vertx, options, ForbiddenAddress::is);
  }

  /**
   * @param forbidden addresses whose connections are closed before anything is sent
   */
  Pools(Vertx vertx, RegistryOptions options, Predicate<String> forbidden) {
    this.vertx = vertx;
    this.options = options;
    this.forbidden = forbidden;
    system = new SystemTrust(options.environment());
    if (!options.neverTls()) {
      // A head start; whoever needs it sees its failure.
      way(Reach.DEFAULT).secure();
    }
  }

  /** The pool for an origin. A trust store that could not be read is read again. */
  synchronized Future<HttpClient> get(HttpOrigin origin, Reach reach) {
    Way way = way(reach);
    return origin.tls() ? way.secure() : Future.succeededFuture(way.plain());
  }

  private Way way(Reach reach) {
    Way way = ways.computeIfAbsent(reach, Way::new);
    if (ways.size() > MOST_WAYS) {
      Way eldest = ways.remove(ways.keySet().iterator().next());
      if (eldest != null) {
        eldest.leave(LEAVE_MINUTES);
      }
    }
    return way;
  }

  synchronized Future<Void> close() {
    List<Future<Void>> closed = new ArrayList<>();
    ways.values().forEach(way -> closed.add(way.leave(0)));
    return Future.join(closed).mapEmpty();
  }

  private final class Way {
    private final Reach reach;
    private @Nullable HttpClient plain;
    private @Nullable Future<HttpClient> secure;

    Way(Reach reach) {
      this.reach = reach;
    }

    HttpClient plain() {
      if (plain == null) {
        plain = built(http(reach));
      }
      return plain;
    }

    Future<HttpClient> secure() {
      if (secure == null || secure.failed()) {
        secure =
            vertx
                .<Tls>executeBlocking(() -> Tls.load(options, system, reach.tls()), false)
                .map(material -> tls(reach, Objects.requireNonNull(material)));
      }
      return secure;
    }

    Future<Void> leave(int minutes) {
      Future<Void> left =
          plain == null ? Future.succeededFuture() : plain.shutdown(minutes, TimeUnit.MINUTES);
      Future<HttpClient> tls = secure;
      return tls == null
          ? left
          : left.eventually(() ->
              tls.compose(client -> client.shutdown(minutes, TimeUnit.MINUTES)).otherwiseEmpty());
    }
  }

  private HttpClientOptions http(Reach reach) {
    Duration connect =
        reach.dialTimeout() == null ? options.timeouts().connect() : reach.dialTimeout();
    return new HttpClientOptions()
        .setConnectTimeout(Math.clamp(connect.toMillis(), 1, Integer.MAX_VALUE))
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setHttp2KeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setMaxChunkSize(CHUNK_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setTcpNoDelay(true)
        .setDecompressionSupported(false);
  }

  private PoolOptions sizes() {
    return new PoolOptions()
        .setHttp1MaxSize(options.connectionsPerOrigin())
        .setHttp2MaxSize(HTTP2_CONNECTIONS)
        .setMaxWaitQueueSize(WAITING_REQUESTS);
  }

  private HttpClient tls(Reach reach, Tls material) {
    HttpClientOptions http =
        http(reach)
            .setSsl(true)
            .setSslHandshakeTimeout(options.timeouts().connect().toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    if (material.trust() == null) {
      http.setTrustAll(true).setVerifyHost(false);
    } else {
      http.setTrustOptions(material.trust()).setVerifyHost(true);
    }
    if (material.identity() != null) {
      http.setKeyCertOptions(material.identity());
    }
    if (material.engine() != null) {
      http.setSslEngineOptions(material.engine());
    }
    if (options.http2()) {
      http.setUseAlpn(true)
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
          .setHttp2MultiplexingLimit(HTTP2_STREAMS_PER_CONNECTION)
          .setHttp2ConnectionWindowSize(HTTP2_CONNECTION_WINDOW)
          .setInitialSettings(
              new Http2Settings()
                  .setInitialWindowSize(HTTP2_STREAM_WINDOW)
                  .setMaxFrameSize(CHUNK_BYTES)
                  .setMaxHeaderListSize(HEADER_BYTES));
    }
    return built(http);
  }

  private HttpClient built(HttpClientOptions http) {
    return vertx
        .httpClientBuilder()
        .with(http)
        .with(sizes())
        .withConnectHandler(this::check)
        .build();
  }

  /** A name may resolve to anything, and to something else than a moment ago. */
  private void check(HttpConnection connection) {
    SocketAddress peer = connection.remoteAddress();
    String address = peer == null ? null : peer.hostAddress();
    if (address != null && forbidden.test(address)) {
      log.warn("closed a connection to {} at once: no registry has any business there", address);
      var _ = connection.close();
    }
  }
}
