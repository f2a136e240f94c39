package dev.sluice.containerd;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import containerd.services.introspection.v1.Plugin;
import containerd.services.introspection.v1.PluginsRequest;
import containerd.services.leases.v1.CreateRequest;
import containerd.services.leases.v1.DeleteRequest;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client of containerd's API in one namespace. Blocks; safe for use by several threads. */
public final class ContainerdClient implements AutoCloseable {
  public static final String DEFAULT_ADDRESS = "/run/containerd/containerd.sock";

  /** The namespace of the kubelet's images. */
  static final String KUBERNETES = "k8s.io";

  /** For calls that only look things up. containerd's garbage collector can hold them up. */
  static final Duration QUICK = Duration.ofMinutes(2);

  /** For calls that unpack a layer, or bring one. */
  static final Duration PATIENT = Duration.ofHours(6);

  private static final int MESSAGE_LIMIT = 16 << 20;
  private static final String SNAPSHOTTER_TYPE = "io.containerd.snapshotter.v1";
  private static final Duration LEASE = Duration.ofHours(24);

  private final GrpcClient client;
  private final String socket;
  private final String namespace;
  private final Map<String, String> headers;

  /**
   * @param remote whether it is a service of its own, which may bring layers by itself
   */
  public record SnapshotterPlugin(String name, boolean remote) {}

  private ContainerdClient(
      GrpcClient client, String socket, String namespace, Map<String, String> headers) {
    this.client = client;
    this.socket = socket;
    this.namespace = namespace;
    this.headers = headers;
  }

  /**
   * @param address path of the socket, with or without {@code unix://}
   */
  public static ContainerdClient connect(Vertx vertx, String address, String namespace) {
    HttpClientOptions http =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout(10_000);
    GrpcClientOptions grpc = new GrpcClientOptions().setMaxMessageSize(MESSAGE_LIMIT);
    String socket = address.startsWith("unix://") ? address.substring(7) : address;
    return new ContainerdClient(
        GrpcClient.client(vertx, grpc, http),
        socket,
        namespace,
        Map.of("containerd-namespace", namespace));
  }

  public String namespace() {
    return namespace;
  }

  /** containerd's version, e.g. {@code 1.7.28}. */
  public String version() {
    return call(Methods.VERSION, Empty.getDefaultInstance(), "ask for the version", QUICK)
        .getVersion();
  }

  /** The snapshotters that containerd has. */
  public List<SnapshotterPlugin> snapshotters() {
    PluginsRequest request =
        PluginsRequest.newBuilder().addFilters("type==" + SNAPSHOTTER_TYPE).build();
    return call(Methods.PLUGINS, request, "list containerd's plugins", QUICK)
        .getPluginsList()
        .stream()
        .map(ContainerdClient::snapshotter)
        .toList();
  }

  private static SnapshotterPlugin snapshotter(Plugin plugin) {
    return new SnapshotterPlugin(plugin.getId(), plugin.containsExports("address"));
  }

  /** The same connection in whose calls containerd enters what is made into a new lease. */
  Lease lease() {
    String id = "sluice-" + UUID.randomUUID();
    CreateRequest request =
        CreateRequest.newBuilder()
            .setId(id)
            .putLabels(
                "containerd.io/gc.expire",
                Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString())
            .build();
    call(Methods.CREATE_LEASE, request, "take a lease", QUICK);
    Map<String, String> more = new TreeMap<>(headers);
    more.put("containerd-lease", id);
    return new Lease(id, new ContainerdClient(client, socket, namespace, Map.copyOf(more)));
  }

  /**
   * Keeps what is made from being collected as garbage until it is referred to.
   *
   * @param client makes things under the lease
   */
  record Lease(String id, ContainerdClient client) {
    void release() {
      client.call(
          Methods.DELETE_LEASE,
          DeleteRequest.newBuilder().setId(id).build(),
          "give a lease back",
          QUICK);
    }
  }

  <Q extends Message, A extends Message> A call(
      ServiceMethod<A, Q> method, Q request, String action, Duration bound) {
    try (GrpcStream<Q, A> stream = stream(method, action, bound)) {
      stream.sendOnly(request);
      A answer = stream.next();
      if (answer == null || stream.next() != null) {
        throw new SluiceException(
            FailureKind.UNSUPPORTED, action + ": containerd doesn't answer with one message");
      }
      return answer;
    }
  }

  <Q extends Message, A extends Message> GrpcStream<Q, A> stream(
      ServiceMethod<A, Q> method, String action, Duration bound) {
    return GrpcStream.open(client, socket, method, headers, action, bound);
  }

  @Override
  public void close() {
    try {
      client.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      org.slf4j.LoggerFactory.getLogger(ContainerdClient.class).warn("leave containerd", e);
    }
  }
}
