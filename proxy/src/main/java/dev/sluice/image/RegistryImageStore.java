package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import dev.sluice.registry.RegistryClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A repository of a registry. Does not close the client, which it shares with others. */
final class RegistryImageStore implements ImageStore {
  /** The client bounds its waits by progress; no single act may take longer than this. */
  private static final long PATIENCE_HOURS = 12;

  private final Vertx vertx;
  private final RegistryClient client;
  private final ImageReference reference;
  private final Repository repository;

  RegistryImageStore(Vertx vertx, RegistryClient client, ImageReference reference) {
    this.vertx = vertx;
    this.client = client;
    this.reference = reference;
    this.repository = reference.repository();
  }

  @Override
  public Content manifest(String tagOrDigest) {
    return await(
        "read manifest", client.manifest(repository, tagOrDigest.isEmpty() ? own() : tagOrDigest));
  }

  @Override
  public InputStream openBlob(Descriptor blob) {
    return new VerifiedStream(
        new WindowedBlob(client, repository, blob, 0, blob.size()), blob, repository.toString());
  }

  @Override
  public InputStream openRange(Descriptor blob, long from, long to) {
    return new WindowedBlob(client, repository, blob, from, to);
  }

  @Override
  public byte[] smallBlob(Descriptor blob, int limit) {
    if (blob.size() > limit) {
      return ImageStore.super.smallBlob(blob, limit);
    }
    return await("read blob", client.smallBlob(repository, blob.digest(), limit));
  }

  @Override
  public boolean hasBlob(Digest digest) {
    return await("look for blob", client.hasBlob(repository, digest));
  }

  @Override
  public void putBlob(Descriptor blob, Path file) {
    verify(blob, file);
    await(
        "push blob",
        client.pushBlob(
            repository,
            blob,
            () ->
                vertx
                    .fileSystem()
                    .open(file.toString(), new OpenOptions().setWrite(false).setCreate(false))
                    .map(opened -> opened)));
  }

  /* A registry checks the digest itself, but only after the whole upload; and a file that changes
   * under our hands should be our error, not the registry's. */
  private static void verify(Descriptor blob, Path file) {
    try {
      if (Files.size(file) != blob.size()) {
        throw Failures.corrupt(
            "push " + blob.digest(),
            file + " has " + Files.size(file) + " bytes, not " + blob.size());
      }
    } catch (IOException e) {
      throw Failures.local("push " + blob.digest(), e);
    }
  }

  @Override
  public void putBlob(Descriptor blob, byte[] bytes) {
    await(
        "push blob",
        client.pushBlob(repository, blob, () -> Future.succeededFuture(new BytesStream(bytes))));
  }

  @Override
  public void copyBlob(Descriptor blob, ImageStore from) {
    if (from instanceof OciLayoutStore layout) {
      if (!layout.hasBlob(blob.digest())) {
        throw Failures.notFound("copy from " + from, "blob " + blob.digest());
      }
      putBlob(blob, layout.path(blob.digest()));
    } else {
      ImageStore.super.copyBlob(blob, from);
    }
  }

  @Override
  public void putManifest(String tag, Content content) {
    put(tag.isEmpty() ? own() : tag, content);
  }

  @Override
  public void putByDigest(Content content) {
    put(content.digest().toString(), content);
  }

  private void put(String tagOrDigest, Content content) {
    RegistryClient.PushedManifest pushed =
        await("push manifest", client.pushManifest(repository, tagOrDigest, content));
    if (!pushed.subjectKept() && MediaTypes.isManifest(content.mediaType())) {
      enterReferrer(content);
    }
  }

  private void enterReferrer(Content content) {
    Manifest manifest = OciJson.manifest(content);
    Descriptor subject = manifest.subject();
    if (subject != null) {
      await(
          "enter referrer",
          client.addReferrer(
              repository, subject.digest(), LayoutIndex.referrer(content, manifest)));
    }
  }

  @Override
  public List<Descriptor> referrers(Digest subject, String artifactType) {
    return await("list referrers", client.referrers(repository, subject, artifactType));
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  private String own() {
    return reference.tagOrDigest();
  }

  private <T> T await(String action, Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(PATIENCE_HOURS, TimeUnit.HOURS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof CompletionException c ? c.getCause() : e.getCause();
      if (cause instanceof SluiceException known) {
        throw known;
      }
      throw new SluiceException(
          cause == null ? FailureKind.INTERNAL : SluiceException.kindOf(cause),
          action + " of " + repository + ": " + cause,
          cause);
    } catch (TimeoutException e) {
      throw new SluiceException(FailureKind.TIMEOUT, action + " of " + repository, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, action + " of " + repository + ": interrupted", e);
    }
  }

  @Override
  public String toString() {
    return reference.toString();
  }

  @Override
  public void close() {}
}
