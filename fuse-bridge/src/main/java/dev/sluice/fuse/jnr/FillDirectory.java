package dev.sluice.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.ReadOnlyFs;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Gives directory entries to libfuse's function {@code fuse_fill_dir_t}. */
final class FillDirectory implements ReadOnlyFs.DirectorySink {
  /* Offsets: 1 stands for ".", 2 for "..", and an entry has its cookie plus 2. */
  private static final int DOT = 1;
  private static final int DOT_DOT = 2;

  private static final int STAT_BYTES = 256;
  private static final int NAME_BYTES = 4096;

  /** {@code int fill(void *buffer, const char *name, const struct stat *stat, off_t offset)}. */
  private static final MethodHandle FILL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private final ReadOnlyFs fs;
  private final MemorySegment function;
  private final long buffer;
  private final MemorySegment name;
  private final long stat;
  private final Attributes attributes = new Attributes();

  FillDirectory(ReadOnlyFs fs, Arena arena, long filler, long buffer) {
    this.fs = fs;
    this.function = MemorySegment.ofAddress(filler);
    this.buffer = buffer;
    this.name = arena.allocate(NAME_BYTES, 8);
    this.stat = arena.allocate(STAT_BYTES, 8).address();
  }

  /** False if {@code node} is no directory. */
  boolean fill(long node, long offset) {
    boolean room = true;
    if (offset < DOT) {
      room = put(new byte[] {'.'}, node, DOT);
    }
    if (room && offset < DOT_DOT) {
      room = put(new byte[] {'.', '.'}, fs.parent(node), DOT_DOT);
    }
    return !room || fs.list(node, Math.max(0, offset - DOT_DOT), this);
  }

  @Override
  public boolean entry(byte[] entryName, long node, long cookie) {
    return put(entryName, node, cookie + DOT_DOT);
  }

  private boolean put(byte[] entryName, long node, long offset) {
    if (fs.attributes(node, attributes)) {
      Stat.write(stat, attributes);
    }
    MemorySegment.copy(entryName, 0, name, JAVA_BYTE, 0, entryName.length);
    name.set(JAVA_BYTE, entryName.length, (byte) 0);
    try {
      int full = (int) FILL.invokeExact(function, buffer, name.address(), stat, offset);
      return full == 0;
    } catch (Throwable t) {
      throw new IllegalStateException("call libfuse's fill function", t);
    }
  }
}
