package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.TarSink;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Carries a tar from the thread that decompresses it to the one that unpacks it, in a few blocks
 * that go round.
 */
final class TarPipe {
  static final int BLOCK_BYTES = 256 << 10;
  private static final int BLOCKS = 6;

  private enum Mark {
    NONE,
    END,
    BROKEN
  }

  private static final class Block {
    final byte[] bytes;
    final Mark mark;
    int length;

    Block(int size, Mark mark) {
      bytes = new byte[size];
      this.mark = mark;
    }
  }

  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS + 1);
  private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
  private int made;
  private @Nullable Block current;
  private volatile @Nullable RuntimeException refused;

  /** Hands bytes on; waits while all blocks are on their way. For the writer only. */
  void write(byte[] buffer, int from, int to) {
    for (int at = from; at < to; ) {
      RuntimeException failure = refused;
      if (failure != null) {
        throw failure;
      }
      Block block = current == null ? next() : current;
      int n = Math.min(to - at, BLOCK_BYTES - block.length);
      System.arraycopy(buffer, at, block.bytes, block.length, n);
      block.length += n;
      at += n;
      current = block;
      if (block.length == BLOCK_BYTES) {
        flush();
      }
    }
  }

  private void flush() {
    if (current != null) {
      put(current);
      current = null;
    }
  }

  /** All bytes have been written. */
  void end() {
    flush();
    put(new Block(0, Mark.END));
  }

  /** The rest will not come. Does nothing after {@link #end}. */
  void breakOff() {
    current = null;
    put(new Block(0, Mark.BROKEN));
  }

  /**
   * Takes all bytes. For the reader only, which must call it.
   *
   * @return whether they came to their end
   */
  boolean drainTo(TarSink sink) {
    while (true) {
      Block block = take(full);
      if (block.mark != Mark.NONE) {
        return block.mark == Mark.END;
      }
      if (refused == null) {
        try {
          sink.accept(block.bytes, 0, block.length);
        } catch (java.io.IOException e) {
          refused = new SluiceException(FailureKind.LOCAL_IO, "unpack: " + e.getMessage(), e);
        } catch (RuntimeException e) {
          refused = e;
        }
      }
      block.length = 0;
      free.add(block);
    }
  }

  /** Why the reader would not take more; null if it took all. */
  @Nullable RuntimeException refused() {
    return refused;
  }

  private Block next() {
    Block known = free.poll();
    if (known != null) {
      return known;
    }
    if (made < BLOCKS) {
      made++;
      return new Block(BLOCK_BYTES, Mark.NONE);
    }
    return take(free);
  }

  /** Never waits for long: the reader takes until the end, also when it has failed. */
  private void put(Block block) {
    try {
      full.put(block);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Block take(BlockingQueue<Block> from) {
    try {
      return from.take();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static SluiceException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new SluiceException(FailureKind.CANCELLED, "unpack: interrupted", cause);
  }
}
