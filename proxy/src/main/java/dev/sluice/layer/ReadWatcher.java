package dev.sluice.layer;

/** Hears of every read of a layer's files, from the thread that answers it: it must be quick. */
@FunctionalInterface
public interface ReadWatcher {
  /**
   * @param node number of the file in the layer's tree
   * @param at offset in the decompressed tar, inside the file
   * @param length at least 1
   * @return whether all that is read was planned, so that reading ahead need not guess what follows
   */
  boolean read(int node, long at, int length);
}
