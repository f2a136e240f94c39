package dev.sluice.snapshot;

import com.google.protobuf.Timestamp;
import containerd.services.snapshots.v1.Info;
import containerd.services.snapshots.v1.Kind;
import containerd.types.Mount;
import java.time.Instant;
import java.util.List;

/** Between our records and containerd's messages. */
final class Messages {
  private Messages() {}

  static List<Mount> mounts(List<MountSpec> mounts) {
    return mounts.stream()
        .map(mount ->
            Mount.newBuilder()
                .setType(mount.type())
                .setSource(mount.source())
                .addAllOptions(mount.options())
                .build())
        .toList();
  }

  static Info info(Snapshot snapshot) {
    return Info.newBuilder()
        .setName(snapshot.name())
        .setParent(snapshot.parent())
        .setKind(kind(snapshot.kind()))
        .setCreatedAt(timestamp(snapshot.created()))
        .setUpdatedAt(timestamp(snapshot.updated()))
        .putAllLabels(snapshot.labels())
        .build();
  }

  private static Kind kind(SnapshotKind kind) {
    return switch (kind) {
      case VIEW -> Kind.VIEW;
      case ACTIVE -> Kind.ACTIVE;
      case COMMITTED -> Kind.COMMITTED;
    };
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
