package dev.sluice.layer;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Lease;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one file system of a node: a directory per layer, called by its number, and beside it the
 * layer's decompressed tar as a file, e.g. {@code 7} and {@code 7.tar}.
 *
 * <p>Node id = layer number {@code << 32 |} node of its tree, so ids need nothing but the list of
 * layers to be the same again. A read that the cache can answer is answered on the calling thread.
 */
public final class LayersFs implements ReadOnlyFs {
  /*
   * Layer numbers start at 1 and are never given twice: the kernel remembers names and absent names
   * for as long as the mount lives. Node 1 is the root directory, so layer 0 is none.
   *
   * The tar is what an EROFS mount of the layer's names reads: of one file at a time, in whole
   * blocks. So a read of it is known for one of that file, and all that watches reads works alike.
   * The file ends in zeros up to a whole block, whatever stands there in the tar: those who map its
   * last page see them, and they may lie in a chunk that nobody needs else.
   */
  /**
   * How nodes are numbered: it changes when the same layers would get other numbers. A process that
   * numbers them otherwise can't go on with the mount of this one.
   */
  public static final int NUMBERING = 1;

  private static final int MAX_NUMBER = 999_999_999;
  private static final int ROOT_MODE = FileMode.DIRECTORY | 0555;
  private static final int TAR_MODE = FileMode.REGULAR | 0400;
  private static final String TAR_SUFFIX = ".tar";

  /** Number of a layer's tar, which no node of a tree has. */
  private static final int TAR = -1;

  private static final long TAR_BITS = 0xffffffffL;
  private static final int BLOCK = 512;
  private static final MemorySegment ZEROS = Arena.global().allocate(BLOCK);

  private final Duration readDeadline;
  private final ReadLog log;
  private volatile LayerTable layers = LayerTable.EMPTY;

  /** Null when none is expected, which is soon after the start. */
  private volatile @Nullable ExpectedLayers expected;

  /** Guarded by this. */
  private int highest;

  /**
   * @param readDeadline after which a read that still waits answers EIO
   */
  public LayersFs(Duration readDeadline, ReadLog log) {
    this.readDeadline = readDeadline;
    this.log = log;
  }

  /**
   * Says which layers will be shown soon: requests for them wait, the read deadline at most, and
   * are not told that there is no such thing. To be called before this is served.
   */
  public synchronized void expect(Set<Integer> numbers) {
    expected = numbers.isEmpty() ? null : new ExpectedLayers(numbers, readDeadline);
  }

  /** An expected layer can't be shown now; until it is, requests for it get an error. */
  public synchronized void failed(int number, Throwable cause) {
    ExpectedLayers now = expected;
    if (now != null) {
      now.failed(number, cause);
    }
  }

  private void settle(int number) {
    ExpectedLayers now = expected;
    if (now != null) {
      now.settled(number);
      if (now.isEmpty()) {
        expected = null;
      }
    }
  }

  /** Whether a layer is expected and not there. */
  public boolean isExpected(int number) {
    ExpectedLayers now = expected;
    return now != null && now.has(number);
  }

  @Override
  public @Nullable CompletionStage<?> awaited(long node) {
    ExpectedLayers now = expected;
    return now == null ? null : now.of(node);
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
    settle(number);
  }

  /** Stops showing a layer; its nodes are stale from then on. */
  public synchronized void remove(int number) {
    layers = layers.without(number);
    settle(number);
  }

  /** Name in the root of a layer's decompressed tar. */
  public static String tarName(long number) {
    return number + TAR_SUFFIX;
  }

  /** Length of the file that shows a tar of {@code bytes} bytes: whole blocks. */
  public static long tarLength(long bytes) {
    return (bytes + BLOCK - 1) & -BLOCK;
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
    int digits = 0;
    long number = 0;
    while (digits < Math.min(name.length, 9) && name[digits] >= '0' && name[digits] <= '9') {
      number = number * 10 + (name[digits++] - '0');
    }
    boolean known = layerOf(number << 32) != null || isExpected((int) number);
    if (digits == 0 || name[0] == '0' || !known) {
      return 0;
    }
    return digits == name.length
        ? number << 32
        : isTarSuffix(name, digits) ? number << 32 | TAR_BITS : 0;
  }

  private static boolean isTarSuffix(byte[] name, int from) {
    return name.length - from == TAR_SUFFIX.length()
        && new String(name, from, name.length - from, StandardCharsets.ISO_8859_1)
            .equals(TAR_SUFFIX);
  }

  @Override
  public boolean attributes(long node, Attributes into) {
    into.inode = node;
    if (node == ROOT) {
      ours(into, ROOT_MODE, 0, 2);
      return true;
    }
    MountedLayer layer = layerOf(node);
    if (layer != null && (int) node == TAR) {
      ours(into, TAR_MODE, tarLength(layer.bytes().map().size()), 1);
      return true;
    }
    if (layer == null || !layer.tree().has((int) node)) {
      return false;
    }
    layer.tree().attributes((int) node, into);
    return true;
  }

  /** Of what is in no layer's tree. */
  private static void ours(Attributes into, int mode, long size, int links) {
    into.mode = mode;
    into.size = size;
    into.links = links;
    into.uid = 0;
    into.gid = 0;
    into.device = 0;
    into.mtimeSeconds = 0;
    into.mtimeNanos = 0;
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
    // The cookie of layer n's directory is 2n, that of its tar 2n + 1.
    LayerTable now = layers;
    long cookie = Math.max(2, after + 1);
    for (long number = now.from(cookie >> 1); number != 0; number = now.from(number + 1)) {
      boolean isTarNext = number == cookie >> 1 && (cookie & 1) == 1;
      if ((!isTarNext && !sink.entry(ascii(Long.toString(number)), number << 32, number << 1))
          || !sink.entry(ascii(tarName(number)), number << 32 | TAR_BITS, number << 1 | 1)) {
        break;
      }
    }
    return true;
  }

  private static byte[] ascii(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
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
    if (layer == null || (number != TAR && !layer.tree().has(number))) {
      reply.error(Errno.ESTALE);
    } else if (offset < 0 || size < 0) {
      reply.error(Errno.EINVAL);
    } else if (number == TAR) {
      readTar(layer, offset, size, reply);
    } else if (layer.tree().isRegular(number)) {
      long left = layer.tree().size(number) - offset;
      if (left <= 0 || size == 0) {
        reply.end();
      } else {
        int length = (int) Math.min(left, size);
        read(layer, number, layer.tree().dataOffset(number) + offset, length, 0, reply);
      }
    } else {
      reply.error(Errno.EINVAL);
    }
  }

  private void readTar(MountedLayer layer, long at, int size, ReadReply reply) {
    long tar = layer.bytes().map().size();
    long left = tarLength(tar) - at;
    if (left <= 0 || size == 0) {
      reply.end();
      return;
    }
    int asked = (int) Math.min(left, size);
    int file = layer.tree().fileAt(at);
    long end =
        file == LayerTree.ABSENT ? 0 : layer.tree().dataOffset(file) + layer.tree().size(file);
    if (at + asked <= tarLength(end)) {
      int length = (int) Math.min(asked, end - at);
      read(layer, file, at, length, asked - length, reply);
    } else if (at >= tar) {
      var _ = reply.data(new long[] {ZEROS.address()}, new long[] {asked}, 1);
    } else {
      // No file's blocks: nobody but who reads the tar itself asks for them.
      int length = (int) Math.min(asked, tar - at);
      read(layer, LayerTree.ABSENT, at, length, asked - length, reply);
    }
  }

  /**
   * Answers with bytes of the tar.
   *
   * @param file whose bytes they are, or {@link LayerTree#ABSENT}
   * @param zeros how many follow them
   */
  private void read(MountedLayer layer, int file, long at, int length, int zeros, ReadReply reply) {
    long started = System.nanoTime();
    boolean known = file != LayerTree.ABSENT;
    boolean planned = !known || layer.watchers().read(file, at, length);
    Lease lease = layer.bytes().tryRead(at, length);
    if (lease == null) {
      readMissing(layer, file, at, length, zeros, planned, reply);
    } else {
      layer.reads().answered();
      answer(lease, zeros, reply);
      log.hit(length, System.nanoTime() - started);
      if (!planned) {
        layer.readAhead().hit(file, at);
      }
    }
  }

  private void readMissing(
      MountedLayer layer,
      int file,
      long at,
      int length,
      int zeros,
      boolean planned,
      ReadReply reply) {
    long started = System.nanoTime();
    var _ =
        layer
            .bytes()
            .read(at, length, Lane.DEMAND)
            .orTimeout(readDeadline.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((lease, failure) -> {
              long waited = System.nanoTime() - started;
              if (lease == null) {
                log.failed(layer, file, at, length, waited, failure);
                reply.error(SluiceException.kindOf(failure).errno());
              } else {
                log.missed(layer, file, at, length, waited);
                answer(lease, zeros, reply);
              }
            });
    if (planned) {
      // What is read next is on its way already, or was not read in any earlier run.
      return;
    }
    long fileStart = layer.tree().dataOffset(file);
    long fileEnd = fileStart + layer.tree().size(file);
    layer.readAhead().missed(file, at, length, fileStart, fileEnd);
  }

  private static void answer(Lease lease, int zeros, ReadReply reply) {
    try (lease) {
      int parts = lease.parts();
      int all = zeros == 0 ? parts : parts + 1;
      long[] addresses = new long[all];
      long[] lengths = new long[all];
      for (int i = 0; i < parts; i++) {
        addresses[i] = lease.address(i);
        lengths[i] = lease.length(i);
      }
      if (zeros > 0) {
        addresses[parts] = ZEROS.address();
        lengths[parts] = zeros;
      }
      if (!reply.data(addresses, lengths, all)) {
        lease.spoiled();
      }
    }
  }
}
