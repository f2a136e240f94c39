package dev.sluice.load;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Directories d0 … with small files each, and one big file, all in one row of bytes. */
final class SmallAndBig implements ReadOnlyFs {
  static final int SMALL_BYTES = 12_000;
  private static final int DIRECTORIES = 20;
  private static final int FILES_PER_DIRECTORY = 500;
  static final int FILES = DIRECTORIES * FILES_PER_DIRECTORY;
  private static final long BIG_BYTES = 256L << 20;
  private static final long BIG_OFFSET = (long) FILES * SMALL_BYTES;
  static final long TAR_BYTES = BIG_OFFSET + BIG_BYTES;
  static final String DESCRIPTION =
      FILES + " files of 12 kB in 20 directories, big file of 256 MiB";

  private static final long BIG = 2;
  private static final long FIRST_DIRECTORY = 10;
  private static final long FIRST_FILE = 1000;

  /** Answers a read of the row of bytes. */
  interface Bytes {
    void read(long offset, int length, ReadReply reply);
  }

  private final Bytes bytes;

  SmallAndBig(Bytes bytes) {
    this.bytes = bytes;
  }

  static long nodeOf(int file) {
    return FIRST_FILE + file;
  }

  static long offsetOf(int file) {
    return (long) file * SMALL_BYTES;
  }

  private static boolean isFile(long node) {
    return node >= FIRST_FILE && node < FIRST_FILE + FILES;
  }

  private static boolean isDirectory(long node) {
    return node == ROOT || (node >= FIRST_DIRECTORY && node < FIRST_DIRECTORY + DIRECTORIES);
  }

  @Override
  public long lookup(long parent, byte[] raw) {
    String name = new String(raw, StandardCharsets.US_ASCII);
    if (parent == ROOT && name.equals("big")) {
      return BIG;
    }
    long number = name.matches("[df]\\d{1,3}") ? Long.parseLong(name.substring(1)) : -1;
    if (parent == ROOT) {
      return name.startsWith("d") && number >= 0 && number < DIRECTORIES
          ? FIRST_DIRECTORY + number
          : 0;
    }
    return isDirectory(parent)
            && name.startsWith("f")
            && number >= 0
            && number < FILES_PER_DIRECTORY
        ? FIRST_FILE + (parent - FIRST_DIRECTORY) * FILES_PER_DIRECTORY + number
        : 0;
  }

  @Override
  public boolean attributes(long node, Attributes into) {
    if (!isDirectory(node) && !isFile(node) && node != BIG) {
      return false;
    }
    into.inode = node;
    into.mode = isDirectory(node) ? 0040755 : 0100644;
    into.size = node == BIG ? BIG_BYTES : isFile(node) ? SMALL_BYTES : 0;
    into.links = 1;
    into.uid = 0;
    into.gid = 0;
    into.device = 0;
    into.mtimeSeconds = 0;
    into.mtimeNanos = 0;
    return true;
  }

  @Override
  public byte @Nullable [] readlink(long node) {
    return null;
  }

  @Override
  public boolean list(long node, long after, DirectorySink sink) {
    if (!isDirectory(node)) {
      return false;
    }
    int count = node == ROOT ? DIRECTORIES + 1 : FILES_PER_DIRECTORY;
    for (int i = (int) after; i < count; i++) {
      boolean big = node == ROOT && i == DIRECTORIES;
      String name = big ? "big" : (node == ROOT ? "d" : "f") + i;
      byte[] raw = name.getBytes(StandardCharsets.US_ASCII);
      if (!sink.entry(raw, lookup(node, raw), i + 1L)) {
        break;
      }
    }
    return true;
  }

  @Override
  public long parent(long node) {
    return ROOT;
  }

  @Override
  public byte @Nullable [] xattr(long node, byte[] name) {
    return null;
  }

  @Override
  public byte[] xattrNames(long node) {
    return new byte[0];
  }

  @Override
  public void read(long node, long offset, int size, ReadReply reply) {
    if (!isFile(node) && node != BIG) {
      reply.error(Errno.ESTALE);
      return;
    }
    long length = node == BIG ? BIG_BYTES : SMALL_BYTES;
    long start = node == BIG ? BIG_OFFSET : offsetOf((int) (node - FIRST_FILE));
    int left = (int) Math.min(size, length - offset);
    if (left <= 0) {
      reply.end();
    } else {
      bytes.read(start + offset, left, reply);
    }
  }
}
