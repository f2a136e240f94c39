package dev.sluice.containerd;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import containerd.services.content.v1.InfoRequest;
import containerd.services.content.v1.InfoResponse;
import containerd.services.content.v1.ReadContentRequest;
import containerd.services.content.v1.ReadContentResponse;
import containerd.services.content.v1.UpdateRequest;
import containerd.services.content.v1.UpdateResponse;
import containerd.services.content.v1.WriteContentRequest;
import containerd.services.content.v1.WriteContentResponse;
import containerd.services.diff.v1.ApplyRequest;
import containerd.services.diff.v1.ApplyResponse;
import containerd.services.images.v1.CreateImageRequest;
import containerd.services.images.v1.CreateImageResponse;
import containerd.services.images.v1.UpdateImageRequest;
import containerd.services.images.v1.UpdateImageResponse;
import containerd.services.introspection.v1.PluginsRequest;
import containerd.services.introspection.v1.PluginsResponse;
import containerd.services.leases.v1.CreateRequest;
import containerd.services.leases.v1.CreateResponse;
import containerd.services.leases.v1.DeleteRequest;
import containerd.services.snapshots.v1.CommitSnapshotRequest;
import containerd.services.snapshots.v1.PrepareSnapshotRequest;
import containerd.services.snapshots.v1.PrepareSnapshotResponse;
import containerd.services.snapshots.v1.RemoveSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotResponse;
import containerd.services.version.v1.VersionResponse;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;

/** The methods of containerd's API that Sluice calls: answer, then request. */
final class Methods {
  static final ServiceMethod<VersionResponse, Empty> VERSION =
      method("version.v1.Version", "Version", VersionResponse.getDefaultInstance());
  static final ServiceMethod<PluginsResponse, PluginsRequest> PLUGINS =
      method("introspection.v1.Introspection", "Plugins", PluginsResponse.getDefaultInstance());

  static final ServiceMethod<CreateResponse, CreateRequest> CREATE_LEASE =
      method("leases.v1.Leases", "Create", CreateResponse.getDefaultInstance());
  static final ServiceMethod<Empty, DeleteRequest> DELETE_LEASE =
      method("leases.v1.Leases", "Delete", Empty.getDefaultInstance());

  static final ServiceMethod<InfoResponse, InfoRequest> CONTENT_INFO =
      method("content.v1.Content", "Info", InfoResponse.getDefaultInstance());
  static final ServiceMethod<UpdateResponse, UpdateRequest> CONTENT_UPDATE =
      method("content.v1.Content", "Update", UpdateResponse.getDefaultInstance());
  static final ServiceMethod<ReadContentResponse, ReadContentRequest> CONTENT_READ =
      method("content.v1.Content", "Read", ReadContentResponse.getDefaultInstance());
  static final ServiceMethod<WriteContentResponse, WriteContentRequest> CONTENT_WRITE =
      method("content.v1.Content", "Write", WriteContentResponse.getDefaultInstance());

  static final ServiceMethod<CreateImageResponse, CreateImageRequest> CREATE_IMAGE =
      method("images.v1.Images", "Create", CreateImageResponse.getDefaultInstance());
  static final ServiceMethod<UpdateImageResponse, UpdateImageRequest> UPDATE_IMAGE =
      method("images.v1.Images", "Update", UpdateImageResponse.getDefaultInstance());

  static final ServiceMethod<PrepareSnapshotResponse, PrepareSnapshotRequest> PREPARE =
      method("snapshots.v1.Snapshots", "Prepare", PrepareSnapshotResponse.getDefaultInstance());
  static final ServiceMethod<StatSnapshotResponse, StatSnapshotRequest> STAT =
      method("snapshots.v1.Snapshots", "Stat", StatSnapshotResponse.getDefaultInstance());
  static final ServiceMethod<Empty, CommitSnapshotRequest> COMMIT =
      method("snapshots.v1.Snapshots", "Commit", Empty.getDefaultInstance());
  static final ServiceMethod<Empty, RemoveSnapshotRequest> REMOVE =
      method("snapshots.v1.Snapshots", "Remove", Empty.getDefaultInstance());

  static final ServiceMethod<ApplyResponse, ApplyRequest> APPLY =
      method("diff.v1.Diff", "Apply", ApplyResponse.getDefaultInstance());

  private Methods() {}

  private static <Q extends Message, A extends Message> ServiceMethod<A, Q> method(
      String service, String name, A answer) {
    return ServiceMethod.client(
        ServiceName.create("containerd.services." + service),
        name,
        GrpcMessageEncoder.encoder(),
        GrpcMessageDecoder.decoder(answer));
  }
}
