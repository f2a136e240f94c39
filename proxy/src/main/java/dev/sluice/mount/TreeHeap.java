package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.concurrent.TimeUnit;

/** Bounds the heap that the trees of all open layers take, and the opening of more of them. */
final class TreeHeap {
  /*
   * To open a layer takes several times what its tree takes afterwards. So a share is taken for the
   * opening, from what the ztoc claims, and shrinks when the tree is there. Who finds no room waits
   * as long as others are opening, as theirs will shrink; if none is, there are too many layers. One
   * that was open before a restart is opened then in any case, alone: it found room once, perhaps in
   * another order, and a container needs it.
   */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final long most;

  // Guarded by this.
  private long used;
  private int opening;

  /** Half of the heap. */
  TreeHeap() {
    this(Runtime.getRuntime().maxMemory() / 2);
  }

  TreeHeap(long most) {
    this.most = most;
  }

  /** Bytes that are taken. */
  synchronized long used() {
    return used;
  }

  /**
   * Takes a share for the opening of a layer; all there is if it wants more. Blocks while others
   * open theirs.
   *
   * @param again whether the layer was open before, and must be again
   * @throws SluiceException EXHAUSTED if there is no room
   */
  synchronized Share open(long bytes, String layer, boolean again) {
    long wanted = Math.min(bytes, most);
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (used + wanted > most && !(again && opening == 0)) {
      long left = end - System.nanoTime();
      if (opening == 0 || left <= 0) {
        throw new SluiceException(
            FailureKind.EXHAUSTED,
            "open layer %s: names of layers take %d MiB of heap, this one wants %d MiB, and %d MiB is the bound"
                .formatted(layer, used >> 20, wanted >> 20, most >> 20),
            "Give the service a larger heap (-Xmx), or remove images.",
            null);
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SluiceException(FailureKind.CANCELLED, "open layer " + layer + ": interrupted");
      }
    }
    used += wanted;
    opening++;
    return new Share(wanted);
  }

  private synchronized void give(long bytes, boolean opened) {
    used -= bytes;
    opening -= opened ? 1 : 0;
    notifyAll();
  }

  /** What one layer has. Closed with the layer, or when it could not be opened. */
  final class Share implements AutoCloseable {
    // Guarded by this.
    private long bytes;
    private boolean opening = true;

    private Share(long bytes) {
      this.bytes = bytes;
    }

    /** The layer is open, and takes so much from now on. */
    synchronized void opened(long keeps) {
      long kept = Math.min(keeps, bytes);
      give(bytes - kept, opening);
      bytes = kept;
      opening = false;
    }

    @Override
    public void close() {
      opened(0);
    }
  }
}
