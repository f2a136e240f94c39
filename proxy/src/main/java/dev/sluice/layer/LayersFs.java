package dev.sluice.layer;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Lease;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one file system of a node: a directory per layer, called by its number.
 *
 * <p>Node id = layer number {@code << 32 |} node of its tree, so ids need nothing but the list of
 * layers to be the same again. A read that the cache can answer is answered on the calling thread.
 */
public final class LayersFs implements ReadOnlyFs {
  /*
   * Layer numbers start at 1 and are never given twice: the kernel remembers names and absent names
   * for as long as the mount lives. Node 1 is the root directory, so layer 0 is none.
   */
  private static final int MAX_NUMBER = 999_999_999;
  private static final int ROOT_MODE = FileMode.DIRECTORY | 0555;

  private final Duration readDeadline;
  private final ReadLog log;
  private volatile LayerTable layers = LayerTable.EMPTY;

  /** Guarded by this. */
  private int highest;

  /**
   * @param readDeadline after which a read that still waits answers EIO
   */
  public LayersFs(Duration readDeadline, ReadLog log) {
    this.readDeadline = readDeadline;
    this.log = log;
  }

  /** Shows a layer; gives the number that is its directory's name. */
  public synchronized int add(MountedLayer layer) {
    add(highest + 1, layer);
    return highest;
  }

  /**
   * Shows a layer under a number that is free and was never used in this mount.
   *
   * @param number 1 to 999,999,999
   */
  public synchronized void add(int number, MountedLayer layer) {
    if (number < 1 || number > MAX_NUMBER || layers.get(number) != null) {
      throw new IllegalArgumentException(
          "show layer %s as %d: taken or no number of a layer".formatted(layer.label(), number));
    }
    layers = layers.with(number, layer);
    highest = Math.max(highest, number);
  }

  /** Stops showing a layer; its nodes are stale from then on. */
  public synchronized void remove(int number) {
    layers = layers.without(number);
  }

  private @Nullable MountedLayer layerOf(long node) {
    return layers.get(node >>> 32);
  }

  private static long base(long node) {
    return node & 0xffffffff00000000L;
  }

  @Override
  public long lookup(long parent, byte[] name) {
    if (parent == ROOT) {
      return lookupLayer(name);
    }
    MountedLayer layer = layerOf(parent);
    if (layer == null) {
      return 0;
    }
    int found = layer.tree().lookup((int) parent, name);
    return found == LayerTree.ABSENT ? 0 : base(parent) | found;
  }

  private long lookupLayer(byte[] name) {
    if (name.length == 0 || name.length > 9 || name[0] == '0') {
      return 0;
    }
    long number = 0;
    for (byte digit : name) {
      if (digit < '0' || digit > '9') {
        return 0;
      }
      number = number * 10 + (digit - '0');
    }
    return layerOf(number << 32) == null ? 0 : number << 32;
  }

  @Override
  public boolean attributes(long node, Attributes into) {
    into.inode = node;
    if (node == ROOT) {
      into.mode = ROOT_MODE;
      into.size = 0;
      into.links = 2;
      into.uid = 0;
      into.gid = 0;
      into.device = 0;
      into.mtimeSeconds = 0;
      into.mtimeNanos = 0;
      return true;
    }
    MountedLayer layer = layerOf(node);
    if (layer == null || !layer.tree().has((int) node)) {
      return false;
    }
    layer.tree().attributes((int) node, into);
    return true;
  }

  @Override
  public byte @Nullable [] readlink(long node) {
    MountedLayer layer = layerOf(node);
    return layer == null ? null : layer.tree().linkTarget((int) node);
  }

  @Override
  public boolean list(long node, long after, DirectorySink sink) {
    if (node != ROOT) {
      MountedLayer layer = layerOf(node);
      return layer != null && layer.tree().list((int) node, after, base(node), sink);
    }
    LayerTable now = layers;
    for (long number = now.from(Math.max(1, after + 1));
        number != 0;
        number = now.from(number + 1)) {
      if (!sink.entry(
          Long.toString(number).getBytes(StandardCharsets.US_ASCII), number << 32, number)) {
        break;
      }
    }
    return true;
  }

  @Override
  public long parent(long node) {
    MountedLayer layer = layerOf(node);
    if (layer == null || (int) node == LayerTree.ROOT || !layer.tree().has((int) node)) {
      return ROOT;
    }
    return base(node) | layer.tree().parent[(int) node];
  }

  @Override
  public byte @Nullable [] xattr(long node, byte[] name) {
    MountedLayer layer = layerOf(node);
    return layer == null
        ? null
        : layer.tree().xattrs((int) node).get(new String(name, StandardCharsets.ISO_8859_1));
  }

  @Override
  public byte[] xattrNames(long node) {
    MountedLayer layer = layerOf(node);
    Map<String, byte[]> xattrs = layer == null ? Map.of() : layer.tree().xattrs((int) node);
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (String name : xattrs.keySet().stream().sorted().toList()) {
      names.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
      names.write(0);
    }
    return names.toByteArray();
  }

  @Override
  public Statistics statistics() {
    long bytes = 0;
    long nodes = 1;
    for (MountedLayer layer : layers.all()) {
      bytes += layer.bytes().map().size();
      nodes += layer.tree().count();
    }
    return new Statistics(bytes, nodes);
  }

  @Override
  public void read(long node, long offset, int size, ReadReply reply) {
    MountedLayer layer = layerOf(node);
    int number = (int) node;
    if (layer == null || !layer.tree().has(number)) {
      reply.error(Errno.ESTALE);
      return;
    }
    if (!layer.tree().isRegular(number) || offset < 0 || size < 0) {
      reply.error(Errno.EINVAL);
      return;
    }
    long left = layer.tree().size(number) - offset;
    if (left <= 0 || size == 0) {
      reply.end();
      return;
    }
    int length = (int) Math.min(left, size);
    long started = System.nanoTime();
    long at = layer.tree().dataOffset(number) + offset;
    boolean planned = layer.watchers().read(number, at, length);
    Lease lease = layer.bytes().tryRead(at, length);
    if (lease == null) {
      readMissing(layer, number, at, length, planned, reply);
    } else {
      layer.reads().answered();
      answer(lease, reply);
      log.hit(length, System.nanoTime() - started);
      if (!planned) {
        layer.readAhead().hit(number, at);
      }
    }
  }

  private void readMissing(
      MountedLayer layer, int node, long at, int length, boolean planned, ReadReply reply) {
    long started = System.nanoTime();
    var _ =
        layer
            .bytes()
            .read(at, length, Lane.DEMAND)
            .orTimeout(readDeadline.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((lease, failure) -> {
              long waited = System.nanoTime() - started;
              if (lease == null) {
                log.failed(layer, node, at, length, waited, failure);
                reply.error(SluiceException.kindOf(failure).errno());
              } else {
                log.missed(layer, node, at, length, waited);
                answer(lease, reply);
              }
            });
    if (planned) {
      // What is read next is on its way already, or was not read in any earlier run.
      return;
    }
    long fileStart = layer.tree().dataOffset(node);
    long fileEnd = fileStart + layer.tree().size(node);
    layer.readAhead().missed(node, at, length, fileStart, fileEnd);
  }

  private static void answer(Lease lease, ReadReply reply) {
    try (lease) {
      int parts = lease.parts();
      long[] addresses = new long[parts];
      long[] lengths = new long[parts];
      for (int i = 0; i < parts; i++) {
        addresses[i] = lease.address(i);
        lengths[i] = lease.length(i);
      }
      if (!reply.data(addresses, lengths, parts)) {
        lease.spoiled();
      }
    }
  }
}
