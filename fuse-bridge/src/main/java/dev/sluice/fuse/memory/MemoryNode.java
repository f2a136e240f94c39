package dev.sluice.fuse.memory;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.ReadOnlyFs.DirectorySink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node of a {@link MemoryFs}; built before it is mounted, but entries may be added later. */
public final class MemoryNode {
  public static final int FIFO = 0010000;
  public static final int CHARACTER_DEVICE = 0020000;
  public static final int DIRECTORY = 0040000;
  public static final int BLOCK_DEVICE = 0060000;
  public static final int FILE = 0100000;
  public static final int LINK = 0120000;
  private static final int TYPE = 0170000;

  private record Entry(byte[] name, MemoryNode node) {}

  final long id;
  final MemoryNode parent;
  final @Nullable Content content;
  final byte @Nullable [] target;
  private final MemoryFs fs;
  private final Attributes attributes = new Attributes();
  private final Map<ByteBuffer, byte[]> xattrs = new LinkedHashMap<>();
  private final Map<ByteBuffer, MemoryNode> names = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  MemoryNode(
      MemoryFs fs,
      @Nullable MemoryNode parent,
      int mode,
      @Nullable Content content,
      byte @Nullable [] target) {
    this.fs = fs;
    this.parent = parent == null ? this : parent;
    this.content = content;
    this.target = target;
    this.id = fs.add(this);
    attributes.inode = id;
    attributes.mode = mode;
    attributes.links = isDirectory() ? 2 : 1;
    attributes.size = content != null ? content.size() : target != null ? target.length : 0;
  }

  public long id() {
    return id;
  }

  /** Adds an empty directory, 0755. */
  public MemoryNode directory(String name) {
    return add(bytes(name), new MemoryNode(fs, this, DIRECTORY | 0755, null, null));
  }

  /** Adds a regular file, 0644. */
  public MemoryNode file(String name, Content content) {
    return file(bytes(name), content);
  }

  /** Adds a regular file, 0644, with a name of any bytes. */
  public MemoryNode file(byte[] name, Content content) {
    return add(name, new MemoryNode(fs, this, FILE | 0644, content, null));
  }

  /** Adds a symbolic link. */
  public MemoryNode symlink(String name, byte[] target) {
    return add(bytes(name), new MemoryNode(fs, this, LINK | 0777, null, target));
  }

  /**
   * Adds a node that holds no bytes.
   *
   * @param mode with its type
   */
  public MemoryNode special(String name, int mode, int major, int minor) {
    MemoryNode node = add(bytes(name), new MemoryNode(fs, this, mode, null, null));
    node.attributes.device = Attributes.device(major, minor);
    return node;
  }

  /** Adds another name for {@code node}. */
  public MemoryNode hardLink(String name, MemoryNode node) {
    node.attributes.links++;
    return add(bytes(name), node);
  }

  /** Sets the permission bits. */
  public MemoryNode mode(int permissions) {
    attributes.mode = (attributes.mode & TYPE) | permissions;
    return this;
  }

  public MemoryNode owner(int uid, int gid) {
    attributes.uid = uid;
    attributes.gid = gid;
    return this;
  }

  public MemoryNode modified(long seconds, int nanos) {
    attributes.mtimeSeconds = seconds;
    attributes.mtimeNanos = nanos;
    return this;
  }

  public MemoryNode xattr(String name, byte[] value) {
    xattrs.put(ByteBuffer.wrap(bytes(name)), value);
    return this;
  }

  private MemoryNode add(byte[] name, MemoryNode node) {
    synchronized (entries) {
      if (names.put(ByteBuffer.wrap(name), node) != null) {
        throw new IllegalArgumentException(
            "two entries called " + new String(name, StandardCharsets.UTF_8));
      }
      entries.add(new Entry(name, node));
    }
    return node;
  }

  boolean isDirectory() {
    return (attributes.mode & TYPE) == DIRECTORY;
  }

  void fill(Attributes into) {
    into.inode = attributes.inode;
    into.size = attributes.size;
    into.mode = attributes.mode;
    into.links = attributes.links;
    into.uid = attributes.uid;
    into.gid = attributes.gid;
    into.device = attributes.device;
    into.mtimeSeconds = attributes.mtimeSeconds;
    into.mtimeNanos = attributes.mtimeNanos;
  }

  @Nullable MemoryNode child(byte[] name) {
    synchronized (entries) {
      return names.get(ByteBuffer.wrap(name));
    }
  }

  void list(long after, DirectorySink sink) {
    synchronized (entries) {
      for (int i = (int) Math.min(after, entries.size()); i < entries.size(); i++) {
        if (!sink.entry(entries.get(i).name, entries.get(i).node.id, i + 1)) {
          return;
        }
      }
    }
  }

  byte @Nullable [] xattr(byte[] name) {
    return xattrs.get(ByteBuffer.wrap(name));
  }

  byte[] xattrNames() {
    ByteBuffer all =
        ByteBuffer.allocate(xattrs.keySet().stream().mapToInt(n -> n.remaining() + 1).sum());
    for (ByteBuffer name : xattrs.keySet()) {
      all.put(name.duplicate()).put((byte) 0);
    }
    return all.array();
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
