package dev.sluice.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import containerd.services.snapshots.v1.CommitSnapshotRequest;
import containerd.services.snapshots.v1.Info;
import containerd.services.snapshots.v1.ListSnapshotsRequest;
import containerd.services.snapshots.v1.PrepareSnapshotRequest;
import containerd.services.snapshots.v1.RemoveSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotRequest;
import containerd.services.snapshots.v1.UpdateSnapshotRequest;
import containerd.services.snapshots.v1.ViewSnapshotRequest;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Calls of containerd, one after the other: a byte for the method, two of its message's length, the
 * message. Each is answered or refused, and afterwards all snapshots can be removed.
 */
public final class SnapshotCallsFuzz implements FuzzTarget {
  private static final Set<FailureKind> ANSWERS =
      Set.of(
          FailureKind.INVALID,
          FailureKind.NOT_FOUND,
          FailureKind.ALREADY_EXISTS,
          FailureKind.FAILED_PRECONDITION,
          FailureKind.UNSUPPORTED);

  private OverlaySnapshotter snapshotter;

  @Override
  public boolean needsRoot() {
    return true;
  }

  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    ByteArrayOutputStream calls = new ByteArrayOutputStream();
    add(calls, 0, PrepareSnapshotRequest.newBuilder().setKey("a").putLabels("x", "y").build());
    add(calls, 2, CommitSnapshotRequest.newBuilder().setName("b").setKey("a").build());
    add(calls, 1, ViewSnapshotRequest.newBuilder().setKey("v").setParent("b").build());
    add(calls, 0, PrepareSnapshotRequest.newBuilder().setKey("c").setParent("b").build());
    Info info = Info.newBuilder().setName("c").putLabels("containerd.io/x", "1").build();
    add(
        calls,
        4,
        UpdateSnapshotRequest.newBuilder()
            .setInfo(info)
            .setUpdateMask(
                com.google.protobuf.FieldMask.newBuilder().addPaths("labels.containerd.io/x"))
            .build());
    add(calls, 5, ListSnapshotsRequest.newBuilder().addFilters("kind==active").build());
    add(calls, 6, StatSnapshotRequest.newBuilder().setKey("c").build());
    add(calls, 3, RemoveSnapshotRequest.newBuilder().setKey("v").build());
    return List.of(calls.toByteArray());
  }

  private static void add(ByteArrayOutputStream calls, int method, Message message) {
    byte[] bytes = message.toByteArray();
    calls.write(method);
    calls.write(bytes.length >> 8);
    calls.write(bytes.length);
    calls.writeBytes(bytes);
  }

  @Override
  public void run(byte[] input) {
    Snapshotter open = opened();
    try {
      for (int at = 0; at + 3 <= input.length; ) {
        int length = (input[at + 1] & 0xff) << 8 | (input[at + 2] & 0xff);
        int end = Math.min(input.length, at + 3 + length);
        call(open, input[at] & 7, Arrays.copyOfRange(input, at + 3, end));
        at = end;
      }
    } finally {
      removeAll(open);
    }
  }

  private static void call(Snapshotter to, int method, byte[] message) {
    try {
      switch (method) {
        case 0 -> {
          var q = PrepareSnapshotRequest.parseFrom(message);
          to.prepare(q.getKey(), q.getParent(), q.getLabelsMap(), new Caller());
        }
        case 1 -> {
          var q = ViewSnapshotRequest.parseFrom(message);
          to.view(q.getKey(), q.getParent(), q.getLabelsMap());
        }
        case 2 -> {
          var q = CommitSnapshotRequest.parseFrom(message);
          to.commit(q.getName(), q.getKey(), q.getParent(), q.getLabelsMap());
        }
        case 3 -> to.remove(RemoveSnapshotRequest.parseFrom(message).getKey());
        case 4 -> {
          var q = UpdateSnapshotRequest.parseFrom(message);
          to.update(
              q.getInfo().getName(), q.getInfo().getLabelsMap(), q.getUpdateMask().getPathsList());
        }
        case 5 -> to.list(ListSnapshotsRequest.parseFrom(message).getFiltersList());
        case 6 -> Messages.info(to.stat(StatSnapshotRequest.parseFrom(message).getKey()));
        default -> {
          String key = StatSnapshotRequest.parseFrom(message).getKey();
          to.usage(key);
          Messages.mounts(to.mounts(key));
        }
      }
    } catch (InvalidProtocolBufferException _) {
      // UnaryCall answers that the request can't be read.
    } catch (SluiceException e) {
      if (!ANSWERS.contains(e.kind())) {
        throw new AssertionError("answered as " + e.kind(), e);
      }
    }
  }

  private static void removeAll(Snapshotter from) {
    for (int rounds = 0; !from.list(List.of()).isEmpty(); rounds++) {
      if (rounds > 1000) {
        throw new AssertionError("these can't be removed: " + from.list(List.of()));
      }
      for (Snapshot snapshot : from.list(List.of())) {
        try {
          from.remove(snapshot.name());
        } catch (SluiceException e) {
          if (e.kind() != FailureKind.FAILED_PRECONDITION) {
            throw e;
          }
        }
      }
    }
  }

  private Snapshotter opened() {
    if (snapshotter == null) {
      try {
        Path directory = Files.createTempDirectory("sluice-fuzz");
        snapshotter = OverlaySnapshotter.open(directory, new NoLayers(), new SnapshotObserver() {});
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return snapshotter;
  }
}
