package dev.sluice.fuse.jnr;

import dev.sluice.fuse.AbsentXattr;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.ReadOnlyFs;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;

/** Answers libfuse's calls; nothing that is thrown leaves them, for it would end the JVM. */
final class LibfuseAdapter {
  /** {@code fh} of {@code struct fuse_file_info}, where a file's node is kept while it is open. */
  private static final int INFO_HANDLE = 24;

  /** Offset in {@code struct fuse_conn_info}. */
  private static final int CONNECTION_MAX_BACKGROUND = 28;

  private static final int CONNECTION_CONGESTION = 32;
  private static final int MAX_BACKGROUND = 256;
  private static final int CONGESTION_THRESHOLD = 192;

  /** A file system has its own, shorter limits: this one only keeps a lost answer bounded. */
  private static final long MAX_WAIT_SECONDS = 120;

  private static final int NAME_MAX = 255;
  private static final int BLOCK_BYTES = 4096;

  private final ReadOnlyFs fs;
  private final PathResolver paths;
  private final FuseCounters counters = new FuseCounters();
  private final FaultLog faults;
  private final Set<WaitingReply> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;
  private final CountDownLatch serving = new CountDownLatch(1);
  private final ThreadLocal<Attributes> attributes = ThreadLocal.withInitial(Attributes::new);

  LibfuseAdapter(ReadOnlyFs fs, FaultLog faults) {
    this.fs = fs;
    this.paths = new PathResolver(fs);
    this.faults = faults;
  }

  FuseCounters counters() {
    return counters;
  }

  /** Forgets what was found by path. */
  void forget() {
    paths.forget();
  }

  /** Is counted down when the kernel's INIT has been answered. */
  CountDownLatch serving() {
    return serving;
  }

  long init(long connection) {
    NativeMemory.putInt(connection + CONNECTION_MAX_BACKGROUND, MAX_BACKGROUND);
    NativeMemory.putInt(connection + CONNECTION_CONGESTION, CONGESTION_THRESHOLD);
    serving.countDown();
    return 0; // the private data, which is not used
  }

  int getattr(long path, long stat) {
    return guarded(
        Operation.GETATTR,
        () -> {
          long node = node(path);
          if (node == 0) {
            return -Errno.ENOENT;
          }
          Attributes found = attributes.get();
          if (!fs.attributes(node, found)) {
            return -Errno.ESTALE;
          }
          Stat.write(stat, found);
          return 0;
        });
  }

  int readlink(long path, long buffer, long size) {
    return guarded(
        Operation.READLINK,
        () -> {
          byte[] target = fs.readlink(node(path));
          if (target == null) {
            return -Errno.EINVAL;
          }
          if (target.length >= size) {
            return -Errno.ENAMETOOLONG;
          }
          NativeMemory.put(buffer, target);
          NativeMemory.putByte(buffer + target.length, (byte) 0);
          return 0;
        });
  }

  int open(long path, long info) {
    return guarded(
        Operation.OTHER,
        () -> {
          long node = node(path);
          NativeMemory.putLong(info + INFO_HANDLE, node);
          return node == 0 ? -Errno.ENOENT : 0;
        });
  }

  int read(long path, long buffer, long size, long offset, long info) {
    return guarded(
        Operation.READ,
        () -> {
          long node = NativeMemory.getLong(info + INFO_HANDLE);
          WaitingReply reply = new WaitingReply(fs, faults, buffer, node, offset, (int) size);
          fs.read(node, offset, (int) size, reply);
          int result = await(reply);
          if (result > 0) {
            counters.countBytes(result);
          }
          return result;
        });
  }

  private int await(WaitingReply reply) {
    waiting.add(reply);
    try {
      if (stopped) {
        reply.error(Errno.ENOTCONN);
      }
      return reply.await(MAX_WAIT_SECONDS);
    } finally {
      waiting.remove(reply);
    }
  }

  /** Ends the reads that wait with an error: libfuse's loop ends only with its threads. */
  void stop() {
    stopped = true;
    waiting.forEach(reply -> reply.error(Errno.ENOTCONN));
  }

  int readdir(long path, long buffer, long filler, long offset, long info) {
    return guarded(
        Operation.READDIR,
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            FillDirectory fill = new FillDirectory(fs, arena, filler, buffer);
            return fill.fill(NativeMemory.getLong(info + INFO_HANDLE), offset) ? 0 : -Errno.ENOTDIR;
          }
        });
  }

  int getxattr(long path, long name, long value, long size) {
    return guarded(
        Operation.XATTR,
        () -> {
          byte[] asked = NativeMemory.text(name);
          byte[] found = fs.xattr(node(path), asked);
          return found == null ? -AbsentXattr.errno(asked) : copy(found, value, size);
        });
  }

  int listxattr(long path, long names, long size) {
    return guarded(Operation.XATTR, () -> copy(fs.xattrNames(node(path)), names, size));
  }

  private static int copy(byte[] value, long into, long size) {
    if (size > 0) {
      if (value.length > size) {
        return -Errno.ERANGE;
      }
      NativeMemory.put(into, value);
    }
    return value.length;
  }

  int statfs(long path, long statistics) {
    return guarded(
        Operation.STATFS,
        () -> {
          ReadOnlyFs.Statistics numbers = fs.statistics();
          // struct statvfs of 64-bit Linux: eleven words, the counts of free things stay 0.
          NativeMemory.putLong(statistics + 0, BLOCK_BYTES);
          NativeMemory.putLong(statistics + 8, BLOCK_BYTES);
          NativeMemory.putLong(statistics + 16, Math.ceilDiv(numbers.bytes(), BLOCK_BYTES));
          NativeMemory.putLong(statistics + 40, numbers.nodes());
          NativeMemory.putLong(statistics + 80, NAME_MAX);
          return 0;
        });
  }

  private long node(long path) {
    return paths.resolve(NativeMemory.text(path));
  }

  private int guarded(Operation operation, IntSupplier answer) {
    try {
      counters.count(operation);
      int result = answer.getAsInt();
      if (result == -Errno.EIO) {
        counters.countError(operation);
      }
      return result;
    } catch (Throwable t) {
      counters.countError(operation);
      faults.report(operation + " " + t.getClass().getName(), "failed", t);
      return -Errno.EIO;
    }
  }
}
