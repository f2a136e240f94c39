package dev.sluice.cri;

import dev.sluice.containerd.Connecting;
import dev.sluice.credentials.CriCredentials;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * CRI's image service, forwarded byte for byte to containerd's socket. The kubelet points its
 * {@code imageServiceEndpoint} here. What it knows of the service is two methods: the credentials
 * of PullImage are learned, those of a removed image forgotten.
 */
public final class ImageServiceProxy implements Handler<HttpServerRequest> {
  private static final int CONNECTIONS = 4;
  private static final int WAITING = 1000;

  /** Held here because Vert.x closes a client that nobody holds. */
  private final HttpClient client;

  private final String socket;
  private final CriCredentials credentials;

  /**
   * @param address path of containerd's socket, with or without {@code unix://}
   */
  public ImageServiceProxy(Vertx vertx, String address, CriCredentials credentials) {
    this.socket = address.startsWith("unix://") ? address.substring(7) : address;
    this.credentials = credentials;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setDecompressionSupported(false)
                .setConnectTimeout(10_000),
            new PoolOptions().setHttp2MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
  }

  /** Whether a request is for the image service, in any version of CRI. */
  public static boolean handles(@Nullable String path) {
    return path != null
        && (path.startsWith("/runtime.v1.ImageService/")
            || path.startsWith("/runtime.v1alpha2.ImageService/"));
  }

  @Override
  public void handle(HttpServerRequest request) {
    // Its bytes wait until there is somewhere to send them.
    request.pause();
    RequestOptions options =
        new RequestOptions()
            .setServer(SocketAddress.domainSocketAddress(socket))
            .setMethod(request.method())
            .setURI(request.uri());
    Peek peek = Peek.of(request.uri(), credentials);
    ForwardedCall call = new ForwardedCall(request, peek, socket);
    Connecting.open(() -> client.request(options))
        .onSuccess(call::connected)
        .onFailure(call::unreachable);
  }

  public Future<Void> close() {
    return client.close();
  }
}
