package dev.sluice.snapshot;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
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
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * containerd's service {@code containerd.services.snapshots.v1.Snapshots} in front of a {@link
 * Snapshotter}. Calls work on virtual threads.
 */
public final class SnapshotService {
  /** What a server must accept, and what containerd's clients accept. */
  public static final int MAX_MESSAGE_BYTES = 16 << 20;

  /** As containerd does; with labels at their longest this is a message of some 100 KiB. */
  private static final int SNAPSHOTS_PER_MESSAGE = 100;

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotService.class);
  private static final ServiceName SERVICE =
      ServiceName.create("containerd.services.snapshots.v1.Snapshots");

  private final Vertx vertx;
  private final Snapshotter snapshotter;
  private final SnapshotObserver observer;
  private final SnapshotterName name;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param root state directory, where the name is kept under which containerd calls
   */
  public SnapshotService(
      Vertx vertx, Snapshotter snapshotter, SnapshotObserver observer, Path root) {
    this.vertx = vertx;
    this.snapshotter = snapshotter;
    this.observer = observer;
    this.name =
        new SnapshotterName(
            root.resolve("snapshotter-name"), () -> snapshotter.list(List.of()).isEmpty());
  }

  /** Adds the methods to a server, whose longest message must be {@link #MAX_MESSAGE_BYTES}. */
  public void register(GrpcServer server) {
    add(
        server,
        "Prepare",
        PrepareSnapshotRequest.parser(),
        PrepareSnapshotRequest::getSnapshotter,
        this::prepare);
    add(
        server,
        "View",
        ViewSnapshotRequest.parser(),
        ViewSnapshotRequest::getSnapshotter,
        this::view);
    add(server, "Mounts", MountsRequest.parser(), MountsRequest::getSnapshotter, this::mounts);
    add(
        server,
        "Commit",
        CommitSnapshotRequest.parser(),
        CommitSnapshotRequest::getSnapshotter,
        this::commit);
    add(
        server,
        "Remove",
        RemoveSnapshotRequest.parser(),
        RemoveSnapshotRequest::getSnapshotter,
        this::remove);
    add(
        server,
        "Stat",
        StatSnapshotRequest.parser(),
        StatSnapshotRequest::getSnapshotter,
        this::stat);
    add(
        server,
        "Update",
        UpdateSnapshotRequest.parser(),
        UpdateSnapshotRequest::getSnapshotter,
        this::update);
    add(
        server,
        "List",
        ListSnapshotsRequest.parser(),
        ListSnapshotsRequest::getSnapshotter,
        this::list);
    add(server, "Usage", UsageRequest.parser(), UsageRequest::getSnapshotter, this::usage);
    add(server, "Cleanup", CleanupRequest.parser(), CleanupRequest::getSnapshotter, this::cleanup);
  }

  /**
   * Takes no more calls and waits for those that run.
   *
   * @return whether all ended in time
   */
  public boolean close(Duration longest) {
    workers.shutdown();
    boolean ended = false;
    try {
      ended = workers.awaitTermination(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      LOG.warn("calls of the snapshotter still run after {} and are left to end", longest);
    }
    return ended;
  }

  private <Q extends Message, A extends Message> void add(
      GrpcServer server,
      String method,
      Parser<Q> parser,
      Function<Q, String> calledAs,
      UnaryCall.Work<Q, A> work) {
    UnaryCall.Work<Q, A> ours =
        (request, caller) -> {
          name.check(calledAs.apply(request));
          return work.answer(request, caller);
        };
    ServiceMethod<Buffer, A> wire =
        ServiceMethod.server(
            SERVICE, method, GrpcMessageEncoder.encoder(), GrpcMessageDecoder.IDENTITY);
    server.callHandler(
        wire,
        call ->
            new UnaryCall<>(vertx.getOrCreateContext(), call, parser, ours, workers, observer)
                .start());
  }

  private List<PrepareSnapshotResponse> prepare(PrepareSnapshotRequest request, Caller caller) {
    List<MountSpec> mounts =
        snapshotter.prepare(request.getKey(), request.getParent(), request.getLabelsMap(), caller);
    return List.of(
        PrepareSnapshotResponse.newBuilder().addAllMounts(Messages.mounts(mounts)).build());
  }

  private List<ViewSnapshotResponse> view(ViewSnapshotRequest request, Caller caller) {
    List<MountSpec> mounts =
        snapshotter.view(request.getKey(), request.getParent(), request.getLabelsMap());
    return List.of(ViewSnapshotResponse.newBuilder().addAllMounts(Messages.mounts(mounts)).build());
  }

  private List<MountsResponse> mounts(MountsRequest request, Caller caller) {
    List<MountSpec> mounts = snapshotter.mounts(request.getKey());
    return List.of(MountsResponse.newBuilder().addAllMounts(Messages.mounts(mounts)).build());
  }

  private List<Empty> commit(CommitSnapshotRequest request, Caller caller) {
    snapshotter.commit(
        request.getName(), request.getKey(), request.getParent(), request.getLabelsMap());
    return List.of(Empty.getDefaultInstance());
  }

  private List<Empty> remove(RemoveSnapshotRequest request, Caller caller) {
    snapshotter.remove(request.getKey());
    return List.of(Empty.getDefaultInstance());
  }

  private List<StatSnapshotResponse> stat(StatSnapshotRequest request, Caller caller) {
    Snapshot snapshot = snapshotter.stat(request.getKey());
    return List.of(StatSnapshotResponse.newBuilder().setInfo(Messages.info(snapshot)).build());
  }

  private List<UpdateSnapshotResponse> update(UpdateSnapshotRequest request, Caller caller) {
    Snapshot snapshot =
        snapshotter.update(
            request.getInfo().getName(),
            request.getInfo().getLabelsMap(),
            request.getUpdateMask().getPathsList());
    return List.of(UpdateSnapshotResponse.newBuilder().setInfo(Messages.info(snapshot)).build());
  }

  private List<ListSnapshotsResponse> list(ListSnapshotsRequest request, Caller caller) {
    List<Info> all =
        snapshotter.list(request.getFiltersList()).stream().map(Messages::info).toList();
    List<ListSnapshotsResponse> answers = new ArrayList<>();
    for (int from = 0; from < all.size(); from += SNAPSHOTS_PER_MESSAGE) {
      int to = Math.min(all.size(), from + SNAPSHOTS_PER_MESSAGE);
      answers.add(ListSnapshotsResponse.newBuilder().addAllInfo(all.subList(from, to)).build());
    }
    return answers;
  }

  private List<UsageResponse> usage(UsageRequest request, Caller caller) {
    Usage usage = snapshotter.usage(request.getKey());
    return List.of(
        UsageResponse.newBuilder().setSize(usage.bytes()).setInodes(usage.inodes()).build());
  }

  private List<Empty> cleanup(CleanupRequest request, Caller caller) {
    snapshotter.cleanup();
    return List.of(Empty.getDefaultInstance());
  }
}
