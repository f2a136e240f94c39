package dev.sluice.containerd;

import containerd.services.diff.v1.ApplyRequest;
import containerd.services.snapshots.v1.CommitSnapshotRequest;
import containerd.services.snapshots.v1.PrepareSnapshotRequest;
import containerd.services.snapshots.v1.RemoveSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotRequest;
import containerd.types.Mount;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One of containerd's snapshotters, and the unpacking onto its mounts. */
final class Snapshots {
  private final ContainerdClient client;
  private final String snapshotter;

  Snapshots(ContainerdClient client, String snapshotter) {
    this.client = client;
    this.snapshotter = snapshotter;
  }

  boolean exists(Digest chainId) {
    StatSnapshotRequest request =
        StatSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(chainId.toString())
            .build();
    return known(() ->
            client.call(
                Methods.STAT, request, "look for snapshot " + chainId, ContainerdClient.QUICK))
        .isPresent();
  }

  /** The mounts to unpack a layer onto; empty if the snapshotter says that it has the layer. */
  Optional<List<Mount>> prepare(String key, String parent, Map<String, String> labels) {
    PrepareSnapshotRequest request =
        PrepareSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setKey(key)
            .setParent(parent)
            .putAllLabels(labels)
            .build();
    try {
      return Optional.of(
          client
              .call(Methods.PREPARE, request, "prepare snapshot " + key, ContainerdClient.PATIENT)
              .getMountsList());
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.ALREADY_EXISTS) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Unpacks a layer that is in the content store; gives the digest of its tar. */
  String apply(Descriptor layer, List<Mount> mounts) {
    containerd.types.Descriptor diff =
        containerd.types.Descriptor.newBuilder()
            .setMediaType(layer.mediaType())
            .setDigest(layer.digest().toString())
            .setSize(layer.size())
            .build();
    return client
        .call(
            Methods.APPLY,
            ApplyRequest.newBuilder().setDiff(diff).addAllMounts(mounts).build(),
            "unpack layer " + layer.digest(),
            ContainerdClient.PATIENT)
        .getApplied()
        .getDigest();
  }

  /** Whether it was this call that committed it. */
  boolean commit(String key, Digest chainId, Map<String, String> labels) {
    CommitSnapshotRequest request =
        CommitSnapshotRequest.newBuilder()
            .setSnapshotter(snapshotter)
            .setName(chainId.toString())
            .setKey(key)
            .putAllLabels(labels)
            .build();
    try {
      client.call(Methods.COMMIT, request, "commit snapshot " + chainId, ContainerdClient.PATIENT);
      return true;
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.ALREADY_EXISTS) {
        return false;
      }
      throw e;
    }
  }

  void remove(String key) {
    RemoveSnapshotRequest request =
        RemoveSnapshotRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build();
    known(() ->
        client.call(Methods.REMOVE, request, "remove snapshot " + key, ContainerdClient.QUICK));
  }

  private static <T> Optional<T> known(java.util.function.Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
