package dev.sluice.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Bytes of one chunk, pinned: a lease of one part. */
abstract class Piece implements Lease {
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Piece.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long address;
  private final int length;

  @SuppressWarnings("unused") // by CLOSED
  private volatile boolean closed;

  Piece(long address, int length) {
    this.address = address;
    this.length = length;
  }

  @Override
  public final int parts() {
    return 1;
  }

  @Override
  public final long address(int part) {
    return address;
  }

  @Override
  public final long length(int part) {
    return length;
  }

  @Override
  public final long length() {
    return length;
  }

  @Override
  public final void close() {
    if (CLOSED.compareAndSet(this, false, true)) {
      unpin();
    }
  }

  /** Called once. */
  abstract void unpin();

  /** Bytes of a chunk in memory, which the piece holds once. */
  static final class InMemory extends Piece {
    private final VerifiedChunk chunk;
    private final int from;

    InMemory(VerifiedChunk chunk, int from, int length) {
      super(chunk.bytes().address() + from, length);
      this.chunk = chunk;
      this.from = from;
    }

    @Override
    public void copyTo(MemorySegment target) {
      MemorySegment.copy(chunk.bytes(), from, target, 0, length());
    }

    @Override
    void unpin() {
      chunk.release();
    }
  }

  /** A copy of bytes, so that their chunk need not be held. */
  static final class Copied extends Piece {
    private final Slabs.Slab slab;

    private Copied(Slabs.Slab slab, int length) {
      super(slab.memory().address(), length);
      this.slab = slab;
    }

    static Copied of(VerifiedChunk chunk, int from, int length) {
      Slabs.Slab slab = Slabs.SHARED.take(length);
      MemorySegment.copy(chunk.bytes(), from, slab.memory(), 0, length);
      return new Copied(slab, length);
    }

    @Override
    public void copyTo(MemorySegment target) {
      MemorySegment.copy(slab.memory(), 0, target, 0, length());
    }

    @Override
    void unpin() {
      Slabs.SHARED.give(slab);
    }
  }

  /** Bytes of a mapped file, whose chunk the piece pins. */
  static final class OnDisk extends Piece {
    private final DiskLayer layer;
    private final int chunk;
    private final long offset;

    OnDisk(DiskLayer layer, int chunk, long offset, int length) {
      super(layer.address() + offset, length);
      this.layer = layer;
      this.chunk = chunk;
      this.offset = offset;
    }

    @Override
    public void copyTo(MemorySegment target) throws IOException {
      if (target.isNative()) {
        layer.read(offset, target.asSlice(0, length()));
        return;
      }
      Slabs.Slab slab = Slabs.SHARED.take(length());
      try {
        MemorySegment part = slab.memory().asSlice(0, length());
        layer.read(offset, part);
        MemorySegment.copy(part, 0, target, 0, length());
      } finally {
        Slabs.SHARED.give(slab);
      }
    }

    @Override
    public void spoiled() {
      layer.spoiled(chunk);
    }

    @Override
    void unpin() {
      layer.unpin(chunk);
    }
  }
}
