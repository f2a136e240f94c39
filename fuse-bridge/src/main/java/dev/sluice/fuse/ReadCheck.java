package dev.sluice.fuse;

/** Whether a file system's answer to a read can be passed on. */
public final class ReadCheck {
  /*
   * The kernel trusts an answer: it refuses more bytes than it asked for and lets the reader wait
   * on, and it fills up fewer bytes with zeros, also in the midst of a file, which is silent
   * corruption. So every bridge looks at an answer first, and makes both an error.
   */

  /** An answer of more bytes than were asked for. */
  public static final long TOO_LONG = -1;

  /** An answer that ends before the file does. */
  public static final long TOO_SHORT = -2;

  private ReadCheck() {}

  /**
   * How many bytes the answer to a read of {@code size} bytes at {@code offset} has.
   *
   * @param lengths of its pieces, of which the first {@code parts} count
   * @return {@link #TOO_LONG} or {@link #TOO_SHORT} if it is wrong
   */
  public static long length(
      ReadOnlyFs fs, long node, long offset, int size, long[] lengths, int parts) {
    long total = 0;
    for (int i = 0; i < parts; i++) {
      if (lengths[i] < 0 || lengths[i] > size - total) {
        return TOO_LONG;
      }
      total += lengths[i];
    }
    if (total < size) {
      Attributes attributes = new Attributes();
      if (fs.attributes(node, attributes) && offset + total < attributes.size) {
        return TOO_SHORT;
      }
    }
    return total;
  }
}
