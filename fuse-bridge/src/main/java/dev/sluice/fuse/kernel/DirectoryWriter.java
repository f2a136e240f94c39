package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.ReadOnlyFs;
import java.lang.foreign.MemorySegment;

/** Packs directory entries into the answer to READDIR or READDIRPLUS. */
final class DirectoryWriter implements ReadOnlyFs.DirectorySink {
  /*
   * Offsets: the kernel gives back the offset of the last entry that it took. 1 stands for ".", 2
   * for "..", and an entry of the file system has its cookie plus 2; so 2 also means "from the
   * first entry", as cookie 0 does.
   */
  private static final int DOT = 1;
  private static final int DOT_DOT = 2;

  /** Bytes of {@code fuse_dirent} before the name. */
  private static final int DIRENT_BYTES = 24;

  /** Results of {@link #write} that are no length. */
  static final int NO_DIRECTORY = -1;

  static final int NO_ROOM = -2;

  private final ReadOnlyFs fs;
  private final MemorySegment out;
  private final Attributes attributes = new Attributes();
  private long limit;
  private long length;
  private boolean plus;
  private boolean full;

  DirectoryWriter(ReadOnlyFs fs, MemorySegment out) {
    this.fs = fs;
    this.out = out;
  }

  /**
   * Writes the entries of {@code node} that come after {@code offset}.
   *
   * @return how many bytes, {@link #NO_DIRECTORY}, or {@link #NO_ROOM} for a single entry
   */
  long write(long node, long offset, long size, boolean withAttributes) {
    limit = Math.min(size, out.byteSize());
    length = 0;
    plus = withAttributes;
    full = false;
    if (offset < DOT) {
      put(new byte[] {'.'}, node, DOT, false);
    }
    if (offset < DOT_DOT && !full) {
      put(new byte[] {'.', '.'}, fs.parent(node), DOT_DOT, false);
    }
    if (!fs.list(node, Math.max(0, offset - DOT_DOT), this)) {
      return NO_DIRECTORY;
    }
    return full && length == 0 ? NO_ROOM : length;
  }

  @Override
  public boolean entry(byte[] name, long node, long cookie) {
    return !full && put(name, node, cookie + DOT_DOT, plus);
  }

  private boolean put(byte[] name, long node, long offset, boolean look) {
    int padded = (DIRENT_BYTES + name.length + 7) & ~7;
    int needed = plus ? NodeWriter.ENTRY_BYTES + padded : padded;
    if (length + needed > limit) {
      full = true;
      return false;
    }
    long at = length;
    boolean known = fs.attributes(node, attributes);
    if (plus) {
      if (known && look) {
        NodeWriter.entry(out, at, node, attributes);
      } else {
        // Node 0 says that the name is given without attributes.
        out.asSlice(at, NodeWriter.ENTRY_BYTES).fill((byte) 0);
      }
      at += NodeWriter.ENTRY_BYTES;
    }
    out.set(JAVA_LONG_UNALIGNED, at, known ? attributes.inode : node);
    out.set(JAVA_LONG_UNALIGNED, at + 8, offset);
    out.set(JAVA_INT_UNALIGNED, at + 16, name.length);
    out.set(JAVA_INT_UNALIGNED, at + 20, known ? (attributes.mode & 0170000) >>> 12 : 0);
    MemorySegment.copy(name, 0, out, JAVA_BYTE, at + DIRENT_BYTES, name.length);
    for (long pad = at + DIRENT_BYTES + name.length; pad < at + padded; pad++) {
      out.set(JAVA_BYTE, pad, (byte) 0);
    }
    length += needed;
    return true;
  }
}
