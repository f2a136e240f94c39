package dev.sluice.containerd;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import containerd.services.content.v1.Info;
import containerd.services.content.v1.InfoRequest;
import containerd.services.content.v1.ReadContentRequest;
import containerd.services.content.v1.ReadContentResponse;
import containerd.services.content.v1.UpdateRequest;
import containerd.services.content.v1.WriteAction;
import containerd.services.content.v1.WriteContentRequest;
import containerd.services.content.v1.WriteContentResponse;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** containerd's content store. */
final class ContentStore {
  private static final int CHUNK = 1 << 20;

  private final ContainerdClient client;

  /** Opens the bytes of a blob from an offset on; they need not be verified. */
  @FunctionalInterface
  interface Source {
    InputStream open(long from);
  }

  ContentStore(ContainerdClient client) {
    this.client = client;
  }

  /** The labels of content, empty if containerd doesn't have it. */
  Optional<Map<String, String>> labels(Digest digest) {
    InfoRequest request = InfoRequest.newBuilder().setDigest(digest.toString()).build();
    try {
      return Optional.of(
          client
              .call(
                  Methods.CONTENT_INFO,
                  request,
                  "look for content " + digest,
                  ContainerdClient.QUICK)
              .getInfo()
              .getLabelsMap());
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Content of at most {@code limit} bytes, verified.
   *
   * @throws SluiceException NOT_FOUND if containerd doesn't have it, CORRUPT if it is damaged
   */
  byte[] read(Descriptor content, int limit) {
    String action = "read content " + content.digest();
    if (content.size() > limit) {
      throw new SluiceException(
          FailureKind.EXHAUSTED, action + ": it has more than " + limit + " bytes");
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (GrpcStream<ReadContentRequest, ReadContentResponse> stream =
        client.stream(Methods.CONTENT_READ, action, ContainerdClient.QUICK)) {
      stream.sendOnly(
          ReadContentRequest.newBuilder().setDigest(content.digest().toString()).build());
      for (ReadContentResponse part = stream.next(); part != null; part = stream.next()) {
        if (all.size() + part.getData().size() > content.size()) {
          break;
        }
        all.writeBytes(part.getData().toByteArray());
      }
    }
    byte[] bytes = all.toByteArray();
    if (bytes.length != content.size() || !content.digest().matches(bytes)) {
      throw new SluiceException(
          FailureKind.CORRUPT, action + ": containerd's copy is not what its digest says");
    }
    return bytes;
  }

  /** Sets labels, at least one, of content that is there, and leaves its others. */
  void label(Digest digest, Map<String, String> labels) {
    FieldMask.Builder mask = FieldMask.newBuilder();
    labels.keySet().forEach(name -> mask.addPaths("labels." + name));
    client.call(
        Methods.CONTENT_UPDATE,
        UpdateRequest.newBuilder()
            .setInfo(Info.newBuilder().setDigest(digest.toString()).putAllLabels(labels))
            .setUpdateMask(mask)
            .build(),
        "label content " + digest,
        ContainerdClient.QUICK);
  }

  /**
   * Brings content under the lease and gives it labels, writing it if containerd doesn't have it.
   *
   * @param ref names the attempt
   * @param labels to set
   * @param from a repository that has it: pushes to that registry needn't upload it then
   * @param written told first what is there, then what is added; not at all if all was there
   * @throws SluiceException UNAVAILABLE, with "locked", if another attempt is under way
   */
  void keep(
      String ref,
      Descriptor content,
      Map<String, String> labels,
      Repository from,
      Source source,
      LongConsumer written) {
    String label = "containerd.io/distribution.source." + from.host();
    Map<String, String> all = new TreeMap<>(labels);
    all.put(label, from.path());
    try {
      write(ref, content, all, source, written);
      return;
    } catch (SluiceException e) {
      if (e.kind() != FailureKind.ALREADY_EXISTS) {
        throw e;
      }
    }
    String others = labels(content.digest()).orElse(Map.of()).getOrDefault(label, "");
    if (List.of(others.split(",", -1)).contains(from.path())) {
      all.remove(label);
    } else if (!others.isEmpty()) {
      all.put(label, others + "," + from.path());
    }
    if (!all.isEmpty()) {
      label(content.digest(), all);
    }
  }

  /**
   * Writes content, which containerd verifies. What an earlier attempt left is gone on with.
   *
   * @param ref names the attempt
   * @throws SluiceException ALREADY_EXISTS if it is there; UNAVAILABLE if another attempt with this
   *     ref is under way
   */
  private void write(
      String ref,
      Descriptor content,
      Map<String, String> labels,
      Source source,
      LongConsumer written) {
    String action = "write content " + content.digest();
    try (GrpcStream<WriteContentRequest, WriteContentResponse> stream =
        client.stream(Methods.CONTENT_WRITE, action, ContainerdClient.PATIENT)) {
      long offset = answer(stream, action, begin(ref, content)).getOffset();
      written.accept(offset);
      try (InputStream in = source.open(offset)) {
        byte[] buffer = new byte[Math.clamp(content.size() - offset, 1, CHUNK)];
        // The answer to a chunk is awaited after the next one has been read.
        boolean owed = false;
        for (int n = in.readNBytes(buffer, 0, buffer.length);
            n > 0;
            n = in.readNBytes(buffer, 0, buffer.length)) {
          if (owed) {
            receive(stream, action);
          }
          stream.send(
              WriteContentRequest.newBuilder()
                  .setAction(WriteAction.WRITE)
                  .setOffset(offset)
                  .setData(ByteString.copyFrom(buffer, 0, n))
                  .build());
          owed = true;
          offset += n;
          written.accept(n);
        }
        if (owed) {
          receive(stream, action);
        }
      }
      answer(stream, action, commit(content, labels, offset));
      stream.finish();
    } catch (IOException e) {
      throw e.getCause() instanceof SluiceException known
          ? known
          : new SluiceException(FailureKind.UNAVAILABLE, action + ": " + e.getMessage(), e);
    }
  }

  private static WriteContentRequest begin(String ref, Descriptor content) {
    return WriteContentRequest.newBuilder()
        .setAction(WriteAction.STAT)
        .setRef(ref)
        .setTotal(content.size())
        .setExpected(content.digest().toString())
        .build();
  }

  private static WriteContentRequest commit(
      Descriptor content, Map<String, String> labels, long offset) {
    return WriteContentRequest.newBuilder()
        .setAction(WriteAction.COMMIT)
        .setTotal(content.size())
        .setOffset(offset)
        .setExpected(content.digest().toString())
        .putAllLabels(labels)
        .build();
  }

  private static WriteContentResponse answer(
      GrpcStream<WriteContentRequest, WriteContentResponse> stream,
      String action,
      WriteContentRequest request) {
    stream.send(request);
    return receive(stream, action);
  }

  private static WriteContentResponse receive(
      GrpcStream<WriteContentRequest, WriteContentResponse> stream, String action) {
    WriteContentResponse answer = stream.next();
    if (answer == null) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE, action + ": containerd ended the call too early");
    }
    return answer;
  }
}
