package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** An OCI image layout in a directory (image-spec 1.1), as skopeo, umoci and buildah make it. */
final class OciLayoutStore implements ImageStore {
  private final Path directory;
  private final String name;
  private final String defaultTag;

  private OciLayoutStore(Path directory, String name, String defaultTag) {
    this.directory = directory;
    this.name = name;
    this.defaultTag = defaultTag;
  }

  /**
   * @throws SluiceException NOT_FOUND or CORRUPT if there is no layout
   */
  static OciLayoutStore open(Path directory, String tag) {
    String name = "oci:" + directory;
    Path marker = directory.resolve(LayoutIndex.MARKER_FILE);
    try {
      String version =
          JsonObject.parse(marker.toString(), Files.readAllBytes(marker), 1 << 16)
              .string("imageLayoutVersion");
      if (!version.startsWith("1.")) {
        throw Failures.corrupt("open " + name, "layout version '" + version + "' is unknown");
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "open " + name + ": no OCI image layout there (no file oci-layout)",
          e);
    }
    return new OciLayoutStore(directory, name, tag);
  }

  /** Opens a layout, which is made if there is none. */
  static OciLayoutStore create(Path directory, String tag) {
    try {
      Files.createDirectories(directory.resolve("blobs/sha256"));
      Path marker = directory.resolve(LayoutIndex.MARKER_FILE);
      if (!Files.exists(marker)) {
        replace(marker, LayoutIndex.MARKER.getBytes(StandardCharsets.UTF_8));
      }
      Path index = directory.resolve(LayoutIndex.INDEX_FILE);
      if (!Files.exists(index)) {
        replace(index, OciJson.write(LayoutIndex.empty()));
      }
    } catch (IOException e) {
      throw Failures.local("make an OCI layout in " + directory, e);
    }
    return open(directory, tag);
  }

  @Override
  public Content manifest(String tagOrDigest) {
    return LayoutIndex.resolve(
        index(), tagOrDigest.isEmpty() ? defaultTag : tagOrDigest, name, this::document);
  }

  @Override
  public InputStream openBlob(Descriptor blob) {
    try {
      return new VerifiedStream(Files.newInputStream(path(blob.digest())), blob, name);
    } catch (IOException e) {
      throw missing(blob.digest(), e);
    }
  }

  @Override
  public InputStream openRange(Descriptor blob, long from, long to) {
    try {
      return FileRange.open(path(blob.digest()), from, to);
    } catch (IOException e) {
      throw missing(blob.digest(), e);
    }
  }

  @Override
  public boolean hasBlob(Digest digest) {
    return Files.isRegularFile(path(digest));
  }

  /** The file of a blob, which may not exist. */
  Path path(Digest digest) {
    return directory.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  @Override
  public void putBlob(Descriptor blob, Path file) {
    try (InputStream in = new VerifiedStream(Files.newInputStream(file), blob, file.toString())) {
      put(blob.digest(), in);
    } catch (IOException e) {
      throw Failures.local("store " + blob.digest() + " in " + name, e);
    }
  }

  @Override
  public void putBlob(Descriptor blob, byte[] bytes) {
    if (bytes.length != blob.size() || !blob.digest().matches(bytes)) {
      throw Failures.corrupt("store " + blob.digest() + " in " + name, "the bytes are others");
    }
    store(blob.digest(), bytes);
  }

  @Override
  public void copyBlob(Descriptor blob, ImageStore from) {
    try (InputStream in = from.openBlob(blob)) {
      put(blob.digest(), in);
    } catch (IOException e) {
      throw Failures.local("copy " + blob.digest() + " from " + from + " to " + name, e);
    }
  }

  @Override
  public synchronized void putManifest(String tag, Content content) {
    store(content.digest(), content.bytes());
    write(LayoutIndex.tagged(index(), tag.isEmpty() ? defaultTag : tag, content, this::document));
  }

  @Override
  public synchronized void putByDigest(Content content) {
    store(content.digest(), content.bytes());
    if (LayoutIndex.isArtifact(content)) {
      write(LayoutIndex.withArtifact(index(), content));
    }
  }

  @Override
  public List<Descriptor> referrers(Digest subject, String artifactType) {
    return LayoutIndex.referrers(index(), subject, artifactType, this::document);
  }

  private Index index() {
    Path file = directory.resolve(LayoutIndex.INDEX_FILE);
    try {
      return OciJson.index(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw Failures.local("read " + file, e);
    }
  }

  private void write(Index index) {
    try {
      replace(directory.resolve(LayoutIndex.INDEX_FILE), OciJson.write(index));
    } catch (IOException e) {
      throw Failures.local("write index.json of " + name, e);
    }
  }

  private byte[] document(Digest digest) {
    Path file = path(digest);
    try {
      if (Files.size(file) > OciJson.MAX_DOCUMENT_BYTES) {
        throw Failures.corrupt("read " + digest + " from " + name, "too large for a manifest");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (!digest.matches(bytes)) {
        throw Failures.corrupt("read " + digest + " from " + name, "its bytes have another digest");
      }
      return bytes;
    } catch (IOException e) {
      throw missing(digest, e);
    }
  }

  private SluiceException missing(Digest digest, IOException e) {
    return Files.exists(path(digest))
        ? Failures.local("read " + digest + " from " + name, e)
        : Failures.notFound("read from " + name, "blob " + digest);
  }

  private void store(Digest digest, byte[] bytes) {
    try {
      if (!hasBlob(digest)) {
        Files.createDirectories(path(digest).getParent());
        replace(path(digest), bytes);
      }
    } catch (IOException e) {
      throw Failures.local("store " + digest + " in " + name, e);
    }
  }

  /** The rename comes after the end of a verified stream, so a half or wrong blob never shows. */
  private void put(Digest digest, InputStream verified) throws IOException {
    Path target = path(digest);
    Files.createDirectories(target.getParent());
    Path temporary = Files.createTempFile(target.getParent(), ".put-", ".tmp");
    try {
      try (var out = Files.newOutputStream(temporary)) {
        verified.transferTo(out);
      }
      publish(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void replace(Path target, byte[] bytes) throws IOException {
    Path temporary = Files.createTempFile(target.getParent(), ".put-", ".tmp");
    try {
      Files.write(temporary, bytes);
      publish(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void publish(Path temporary, Path target) throws IOException {
    Files.setPosixFilePermissions(
        temporary, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public void close() {}
}
