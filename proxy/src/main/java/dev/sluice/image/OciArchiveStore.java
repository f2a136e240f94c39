package dev.sluice.image;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.OciJson;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An OCI layout in a tar file. Reads at random without extracting; what is written is kept beside
 * the file and becomes part of a new tar file, which replaces the old one, when the store is
 * closed.
 */
final class OciArchiveStore implements ImageStore {
  private final Path file;
  private final String name;
  private final String defaultTag;
  private final @Nullable FileChannel channel;
  private final Map<String, TarMembers.Member> members;
  private final Map<Digest, Path> added =
      new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
  private Index index;
  private @Nullable Path additions;

  /** Whether something was stored to its end, so that the file is to be written. */
  private boolean changed;

  private OciArchiveStore(
      Path file,
      String defaultTag,
      @Nullable FileChannel channel,
      Map<String, TarMembers.Member> members,
      Index index) {
    this.file = file;
    this.name = "oci-archive:" + file;
    this.defaultTag = defaultTag;
    this.channel = channel;
    this.members = members;
    this.index = index;
  }

  /**
   * @throws SluiceException NOT_FOUND if there is no file, CORRUPT if it is no tar of a layout
   */
  static OciArchiveStore open(Path file, String tag) {
    String name = "oci-archive:" + file;
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        Map<String, TarMembers.Member> members = TarMembers.scan(channel, name);
        TarMembers.Member index = members.get(LayoutIndex.INDEX_FILE);
        if (index == null) {
          throw Failures.corrupt("open " + name, "it holds no index.json, so it is no OCI layout");
        }
        byte[] json = read(channel, index, name);
        return new OciArchiveStore(
            file, tag, channel, members, OciJson.index("index.json of " + name, json));
      } catch (SluiceException | IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw Failures.local("open " + name, e);
    }
  }

  /** An archive that holds nothing yet; closing it replaces a file of that name. */
  static OciArchiveStore create(Path file, String tag) {
    return new OciArchiveStore(file, tag, null, Map.of(), LayoutIndex.empty());
  }

  @Override
  public synchronized Content manifest(String tagOrDigest) {
    return LayoutIndex.resolve(
        index, tagOrDigest.isEmpty() ? defaultTag : tagOrDigest, name, this::document);
  }

  @Override
  public InputStream openBlob(Descriptor blob) {
    try {
      return new VerifiedStream(raw(blob.digest()), blob, name);
    } catch (IOException e) {
      throw Failures.local("read " + blob.digest() + " from " + name, e);
    }
  }

  @Override
  public InputStream openRange(Descriptor blob, long from, long to) {
    Path addedFile;
    synchronized (this) {
      addedFile = added.get(blob.digest());
    }
    TarMembers.Member member = members.get(member(blob.digest()));
    try {
      if (addedFile != null) {
        return FileRange.open(addedFile, from, to);
      }
      if (member == null || channel == null) {
        throw Failures.notFound("read from " + name, "blob " + blob.digest());
      }
      long end = Math.min(member.offset() + to, member.offset() + member.size());
      return FileRange.of(channel, member.offset() + from, end);
    } catch (IOException e) {
      throw Failures.local("read " + blob.digest() + " from " + name, e);
    }
  }

  @Override
  public synchronized boolean hasBlob(Digest digest) {
    return added.containsKey(digest) || members.containsKey(member(digest));
  }

  @Override
  public void putBlob(Descriptor blob, Path from) {
    try (InputStream in = new VerifiedStream(Files.newInputStream(from), blob, from.toString())) {
      put(blob.digest(), in);
    } catch (IOException e) {
      throw Failures.local("store " + blob.digest() + " in " + name, e);
    }
  }

  @Override
  public void putBlob(Descriptor blob, byte[] bytes) {
    try (InputStream in = new VerifiedStream(new ByteArrayInputStream(bytes), blob, "memory")) {
      put(blob.digest(), in);
    } catch (IOException e) {
      throw Failures.local("store " + blob.digest() + " in " + name, e);
    }
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
    putBlob(content.descriptor(), content.bytes());
    index = LayoutIndex.tagged(index, tag.isEmpty() ? defaultTag : tag, content, this::document);
    changed = true;
  }

  @Override
  public synchronized void putByDigest(Content content) {
    putBlob(content.descriptor(), content.bytes());
    if (LayoutIndex.isArtifact(content)) {
      index = LayoutIndex.withArtifact(index, content);
      // An archive that is being made is not worth keeping before its image is complete.
      changed |= channel != null;
    }
  }

  @Override
  public synchronized List<Descriptor> referrers(Digest subject, String artifactType) {
    return LayoutIndex.referrers(index, subject, artifactType, this::document);
  }

  private byte[] document(Digest digest) {
    try (InputStream in = raw(digest)) {
      byte[] bytes = in.readNBytes(OciJson.MAX_DOCUMENT_BYTES + 1);
      if (bytes.length > OciJson.MAX_DOCUMENT_BYTES || !digest.matches(bytes)) {
        throw Failures.corrupt("read " + digest + " from " + name, "its bytes have another digest");
      }
      return bytes;
    } catch (IOException e) {
      throw Failures.local("read " + digest + " from " + name, e);
    }
  }

  private InputStream raw(Digest digest) throws IOException {
    Path addedFile;
    synchronized (this) {
      addedFile = added.get(digest);
    }
    if (addedFile != null) {
      return Files.newInputStream(addedFile);
    }
    TarMembers.Member member = members.get(member(digest));
    if (member == null || channel == null) {
      throw Failures.notFound("read from " + name, "blob " + digest);
    }
    return stream(channel, member);
  }

  private void put(Digest digest, InputStream verified) throws IOException {
    if (hasBlob(digest)) {
      return;
    }
    Path temporary = Files.createTempFile(additions(), "put-", ".tmp");
    try (var out = Files.newOutputStream(temporary)) {
      verified.transferTo(out);
    }
    synchronized (this) {
      added.put(digest, temporary);
    }
  }

  private synchronized Path additions() throws IOException {
    if (additions == null) {
      Path parent = file.toAbsolutePath().getParent();
      Files.createDirectories(parent);
      additions = Files.createTempDirectory(parent, "." + file.getFileName() + ".");
    }
    return additions;
  }

  private static String member(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  @Override
  public synchronized void close() {
    try {
      try {
        if (changed) {
          rewrite();
          changed = false;
        }
      } finally {
        if (channel != null) {
          channel.close();
        }
        for (Path path : added.values()) {
          Files.deleteIfExists(path);
        }
        if (additions != null) {
          try (var left = Files.list(additions)) {
            for (Path path : left.toList()) {
              Files.delete(path);
            }
          }
          Files.delete(additions);
          additions = null;
        }
        added.clear();
      }
    } catch (IOException e) {
      throw Failures.local("write " + name, e);
    }
  }

  private void rewrite() throws IOException {
    Path temporary = additions().resolve("archive.tar");
    try (var out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 18)) {
      var tar = new TarFile(out);
      addBytes(tar, LayoutIndex.MARKER_FILE, LayoutIndex.MARKER.getBytes(StandardCharsets.UTF_8));
      addBytes(tar, LayoutIndex.INDEX_FILE, OciJson.write(index));
      tar.addDirectory("blobs");
      tar.addDirectory("blobs/sha256");
      var names = new TreeMap<String, @Nullable Path>();
      members.keySet().stream()
          .filter(m -> m.startsWith("blobs/"))
          .forEach(m -> names.put(m, null));
      added.forEach((digest, path) -> names.put(member(digest), path));
      for (var entry : names.entrySet()) {
        Path path = entry.getValue();
        if (path != null) {
          try (InputStream in = Files.newInputStream(path)) {
            tar.add(entry.getKey(), Files.size(path), in);
          }
        } else if (channel != null) {
          TarMembers.Member member = members.getOrDefault(entry.getKey(), NOTHING);
          tar.add(entry.getKey(), member.size(), stream(channel, member));
        }
      }
      tar.end();
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static final TarMembers.Member NOTHING = new TarMembers.Member(0, 0);

  private static void addBytes(TarFile tar, String name, byte[] bytes) throws IOException {
    tar.add(name, bytes.length, new ByteArrayInputStream(bytes));
  }

  private static byte[] read(FileChannel channel, TarMembers.Member member, String name)
      throws IOException {
    if (member.size() > OciJson.MAX_DOCUMENT_BYTES) {
      throw Failures.corrupt("open " + name, "its index.json has " + member.size() + " bytes");
    }
    return stream(channel, member).readAllBytes();
  }

  private static InputStream stream(FileChannel channel, TarMembers.Member member) {
    return FileRange.of(channel, member.offset(), member.offset() + member.size());
  }

  @Override
  public String toString() {
    return name;
  }
}
