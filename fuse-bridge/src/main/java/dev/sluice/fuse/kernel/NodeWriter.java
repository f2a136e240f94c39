package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.sluice.fuse.Attributes;
import java.lang.foreign.MemorySegment;

/** Writes attributes and entries as the kernel's structs. */
final class NodeWriter {
  /** Bytes of {@code fuse_attr}. */
  static final int ATTR_BYTES = 88;

  /** Bytes of {@code fuse_attr_out}. */
  static final int ATTR_OUT_BYTES = 104;

  /** Bytes of {@code fuse_entry_out}. */
  static final int ENTRY_BYTES = 128;

  /** The tree never changes but by an explicit notice, so nothing expires in a mount's life. */
  private static final long VALID_SECONDS = 10L * 365 * 24 * 3600;

  private static final int BLOCK_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;
  private static final int MAX_NANOS = 999_999_999;

  private NodeWriter() {}

  /** Writes {@code fuse_attr_out}. */
  static void attributes(MemorySegment out, long at, Attributes from) {
    out.set(JAVA_LONG_UNALIGNED, at, VALID_SECONDS);
    out.set(JAVA_LONG_UNALIGNED, at + 8, 0);
    attr(out, at + 16, from);
  }

  /** Writes {@code fuse_entry_out} of a node that exists. */
  static void entry(MemorySegment out, long at, long node, Attributes from) {
    out.set(JAVA_LONG_UNALIGNED, at, node);
    out.set(JAVA_LONG_UNALIGNED, at + 8, 0); // generation
    out.set(JAVA_LONG_UNALIGNED, at + 16, VALID_SECONDS); // of the name
    out.set(JAVA_LONG_UNALIGNED, at + 24, VALID_SECONDS); // of the attributes
    out.set(JAVA_LONG_UNALIGNED, at + 32, 0); // nanoseconds of both
    attr(out, at + 40, from);
  }

  /** Writes {@code fuse_entry_out} that says: there is no such name, and there will be none. */
  static void absent(MemorySegment out, long at) {
    out.asSlice(at, ENTRY_BYTES).fill((byte) 0);
    out.set(JAVA_LONG_UNALIGNED, at + 16, VALID_SECONDS);
  }

  private static void attr(MemorySegment out, long at, Attributes from) {
    out.set(JAVA_LONG_UNALIGNED, at, from.inode);
    out.set(JAVA_LONG_UNALIGNED, at + 8, from.size);
    out.set(JAVA_LONG_UNALIGNED, at + 16, (from.size + SECTOR_BYTES - 1) / SECTOR_BYTES);
    out.set(JAVA_LONG_UNALIGNED, at + 24, from.mtimeSeconds); // atime
    out.set(JAVA_LONG_UNALIGNED, at + 32, from.mtimeSeconds);
    out.set(JAVA_LONG_UNALIGNED, at + 40, from.mtimeSeconds); // ctime
    int nanos = Math.clamp(from.mtimeNanos, 0, MAX_NANOS);
    out.set(JAVA_INT_UNALIGNED, at + 48, nanos);
    out.set(JAVA_INT_UNALIGNED, at + 52, nanos);
    out.set(JAVA_INT_UNALIGNED, at + 56, nanos);
    out.set(JAVA_INT_UNALIGNED, at + 60, from.mode);
    out.set(JAVA_INT_UNALIGNED, at + 64, from.links);
    out.set(JAVA_INT_UNALIGNED, at + 68, from.uid);
    out.set(JAVA_INT_UNALIGNED, at + 72, from.gid);
    out.set(JAVA_INT_UNALIGNED, at + 76, from.device);
    out.set(JAVA_INT_UNALIGNED, at + 80, BLOCK_BYTES);
    out.set(JAVA_INT_UNALIGNED, at + 84, 0); // flags
  }
}
