package dev.sluice.fuse.memory;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A file system in memory; its tree is built from {@link #root}. */
public final class MemoryFs implements ReadOnlyFs {
  private final AtomicLong lastId = new AtomicLong();
  private final ConcurrentHashMap<Long, MemoryNode> nodes = new ConcurrentHashMap<>();
  private final MemoryNode root;

  public MemoryFs() {
    root = new MemoryNode(this, null, MemoryNode.DIRECTORY | 0755, null, null);
  }

  public MemoryNode root() {
    return root;
  }

  long add(MemoryNode node) {
    long id = lastId.incrementAndGet();
    nodes.put(id, node);
    return id;
  }

  private @Nullable MemoryNode directory(long id) {
    MemoryNode node = nodes.get(id);
    return node != null && node.isDirectory() ? node : null;
  }

  @Override
  public long lookup(long parent, byte[] name) {
    MemoryNode directory = directory(parent);
    MemoryNode child = directory == null ? null : directory.child(name);
    return child == null ? 0 : child.id;
  }

  @Override
  public boolean attributes(long node, Attributes into) {
    MemoryNode found = nodes.get(node);
    if (found == null) {
      return false;
    }
    found.fill(into);
    return true;
  }

  @Override
  public byte @Nullable [] readlink(long node) {
    MemoryNode found = nodes.get(node);
    return found == null ? null : found.target;
  }

  @Override
  public boolean list(long node, long after, DirectorySink sink) {
    MemoryNode directory = directory(node);
    if (directory == null) {
      return false;
    }
    directory.list(after, sink);
    return true;
  }

  @Override
  public long parent(long node) {
    MemoryNode found = nodes.get(node);
    return found == null ? ROOT : found.parent.id;
  }

  @Override
  public byte @Nullable [] xattr(long node, byte[] name) {
    MemoryNode found = nodes.get(node);
    return found == null ? null : found.xattr(name);
  }

  @Override
  public byte[] xattrNames(long node) {
    MemoryNode found = nodes.get(node);
    return found == null ? new byte[0] : found.xattrNames();
  }

  @Override
  public void read(long node, long offset, int size, ReadReply reply) {
    MemoryNode found = nodes.get(node);
    if (found == null) {
      reply.error(Errno.ESTALE);
    } else if (found.content == null || offset >= found.content.size()) {
      reply.end();
    } else {
      found.content.read(offset, (int) Math.min(size, found.content.size() - offset), reply);
    }
  }

  @Override
  public Statistics statistics() {
    long bytes = 0;
    for (MemoryNode node : nodes.values()) {
      bytes += node.content == null ? 0 : node.content.size();
    }
    return new Statistics(bytes, nodes.size());
  }
}
