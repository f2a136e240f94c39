package dev.sluice.snapshot;

import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import containerd.services.snapshots.v1.CleanupRequest;
import containerd.services.snapshots.v1.CommitSnapshotRequest;
import containerd.services.snapshots.v1.Info;
import containerd.services.snapshots.v1.ListSnapshotsRequest;
import containerd.services.snapshots.v1.ListSnapshotsResponse;
import containerd.services.snapshots.v1.MountsRequest;
import containerd.services.snapshots.v1.MountsResponse;
import containerd.services.snapshots.v1.PrepareSnapshotRequest;
import containerd.services.snapshots.v1.PrepareSnapshotResponse;
import containerd.services.snapshots.v1.RemoveSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotResponse;
import containerd.services.snapshots.v1.UpdateSnapshotRequest;
import containerd.services.snapshots.v1.UpdateSnapshotResponse;
import containerd.services.snapshots.v1.UsageRequest;
import containerd.services.snapshots.v1.UsageResponse;
import containerd.services.snapshots.v1.ViewSnapshotRequest;
import containerd.services.snapshots.v1.ViewSnapshotResponse;
import containerd.types.Mount;
import dev.sluice.containerd.Connecting;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls the snapshots API at a socket, as containerd's clients do. */
final class SnapshotsClient implements AutoCloseable {
  private static final ServiceName SERVICE =
      ServiceName.create("containerd.services.snapshots.v1.Snapshots");

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final GrpcClient client;
  private final SocketAddress address;
  private final String snapshotter;
  private final String namespace;

  SnapshotsClient(Path socket, String snapshotter, String namespace) {
    this.client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(16 << 20),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    this.address = SocketAddress.domainSocketAddress(socket.toString());
    this.snapshotter = snapshotter;
    this.namespace = namespace;
  }

  List<Mount> prepare(String key, String parent) {
    return prepare(key, parent, Map.of());
  }

  List<Mount> prepare(String key, String parent, Map<String, String> labels) {
    return await(prepareLater(key, parent, labels));
  }

  Future<List<Mount>> prepareLater(String key, String parent, Map<String, String> labels) {
    return call("Prepare", prepareRequest(key, parent, labels), PrepareSnapshotResponse.class)
        .map(answers -> answers.getFirst().getMountsList());
  }

  /** The request itself, for who wants to cancel it. */
  GrpcClientRequest<PrepareSnapshotRequest, PrepareSnapshotResponse> beginPrepare(
      String key, String parent, Map<String, String> labels) {
    var request =
        await(
            this.<PrepareSnapshotRequest, PrepareSnapshotResponse>request(
                "Prepare", PrepareSnapshotResponse.getDefaultInstance()));
    request.end(prepareRequest(key, parent, labels));
    return request;
  }

  private PrepareSnapshotRequest prepareRequest(
      String key, String parent, Map<String, String> labels) {
    return PrepareSnapshotRequest.newBuilder()
        .setSnapshotter(snapshotter)
        .setKey(key)
        .setParent(parent)
        .putAllLabels(labels)
        .build();
  }

  /** Prepares an ordinary snapshot; its key. */
  String prepareNamed(String key) {
    prepare(key, "");
    return key;
  }

  List<Mount> view(String key, String parent) {
    return view(key, parent, Map.of());
  }

  List<Mount> view(String key, String parent, Map<String, String> labels) {
    var request =
        ViewSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    return one("View", request, ViewSnapshotResponse.class).getMountsList();
  }

  List<Mount> mounts(String key) {
    var request = MountsRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    return one("Mounts", request, MountsResponse.class).getMountsList();
  }

  void commit(String name, String key) {
    commit(name, key, "", Map.of());
  }

  void commit(String name, String key, String parent, Map<String, String> labels) {
    var request =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setName(name)
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    one("Commit", request, Empty.class);
  }

  void remove(String key) {
    var request =
        RemoveSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    one("Remove", request, Empty.class);
  }

  Info stat(String key) {
    var request = StatSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    return one("Stat", request, StatSnapshotResponse.class).getInfo();
  }

  Info update(String name, Map<String, String> labels, String... paths) {
    var request = UpdateSnapshotRequest.newBuilder().setSnapshotter(snapshotter);
    request.setInfo(Info.newBuilder().setName(name).putAllLabels(labels));
    if (paths.length > 0) {
      request.setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)));
    }
    return one("Update", request.build(), UpdateSnapshotResponse.class).getInfo();
  }

  List<Info> list(String... filters) {
    var request =
        ListSnapshotsRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .addAllFilters(List.of(filters))
            .build();
    return await(call("List", request, ListSnapshotsResponse.class)).stream()
        .flatMap(answer -> answer.getInfoList().stream())
        .toList();
  }

  List<String> names(String... filters) {
    return list(filters).stream().map(Info::getName).sorted().toList();
  }

  UsageResponse usage(String key) {
    var request = UsageRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    return one("Usage", request, UsageResponse.class);
  }

  void cleanup() {
    var request = CleanupRequest.newBuilder().setSnapshotter(snapshotter).build();
    one("Cleanup", request, Empty.class);
  }

  /** Sends bytes that need not be a message of the method, or to a method that is none. */
  void raw(String method, byte[] message) {
    Promise<List<Buffer>> result = Promise.promise();
    context.runOnContext(_ ->
        Connecting.open(() -> client.request(address))
            .compose(request -> {
              request.serviceName(SERVICE).methodName(method);
              request.end(Buffer.buffer(message));
              return request.response();
            })
            .compose(this::answers)
            .onComplete(result));
    await(result.future());
  }

  @Override
  public void close() {
    await(client.close());
    await(vertx.close());
  }

  private <Q extends Message, A extends Message> A one(String method, Q request, Class<A> answer) {
    return await(call(method, request, answer)).getFirst();
  }

  /** From the event loop: from another thread the handlers of the answer could come after it. */
  private <Q extends Message, A extends Message> Future<List<A>> call(
      String method, Q message, Class<A> answer) {
    Promise<List<A>> result = Promise.promise();
    context.runOnContext(
        _ -> this.<Q, A>start(method, message, answer).compose(this::answers).onComplete(result));
    return result.future();
  }

  private <Q extends Message, A extends Message> Future<GrpcClientResponse<Q, A>> start(
      String method, Q message, Class<A> answer) {
    return this.<Q, A>request(method, instance(answer))
        .compose(request -> {
          request.end(message);
          return request.response();
        });
  }

  private <Q extends Message, A extends Message> Future<GrpcClientRequest<Q, A>> request(
      String method, A answer) {
    ServiceMethod<A, Q> serviceMethod =
        ServiceMethod.client(
            SERVICE, method, GrpcMessageEncoder.encoder(), GrpcMessageDecoder.decoder(answer));
    return Connecting.open(() -> client.request(address, serviceMethod))
        .map(request -> {
          request.headers().set("containerd-namespace", namespace);
          return request;
        });
  }

  private <Q, A> Future<List<A>> answers(GrpcClientResponse<Q, A> response) {
    Promise<List<A>> all = Promise.promise();
    List<A> answers = new ArrayList<>();
    response.handler(answers::add);
    response.exceptionHandler(all::tryFail);
    response.endHandler(_ -> {
      if (response.status() == GrpcStatus.OK) {
        all.tryComplete(answers);
      } else {
        all.tryFail(new GrpcFailure(response.status(), response.statusMessage()));
      }
    });
    return all.future();
  }

  private static <A extends Message> A instance(Class<A> type) {
    return com.google.protobuf.Internal.getDefaultInstance(type);
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer within a minute", e);
    }
  }
}
