package dev.sluice.soci.ztoc;

/**
 * Deflate bytes that produce nothing but bring a decoder to a given bit of a byte.
 *
 * <p>{@link java.util.zip.Inflater} can't start inside a byte, so it is fed empty blocks that end
 * there. The last byte of a prefix has its high bits free for the first bits of the span.
 */
final class BitPrefix {
  private static final byte[][] BY_BITS_LEFT = new byte[8][];

  /** The order in which a dynamic block states the lengths of its code length codes. */
  private static final int[] ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  static {
    for (int left = 0; left < 8; left++) {
      BY_BITS_LEFT[left] = new BitPrefix().endingBefore(left);
    }
  }

  private final byte[] bytes = new byte[24];
  private int length;

  private BitPrefix() {}

  /**
   * A prefix followed by the high {@code bits} of {@code first}.
   *
   * @param bits 1 to 7
   */
  static byte[] before(int bits, byte first) {
    byte[] prefix = BY_BITS_LEFT[bits].clone();
    int used = 8 - bits;
    prefix[prefix.length - 1] |= (byte) ((first & 0xff) >>> used << used);
    return prefix;
  }

  private byte[] endingBefore(int left) {
    int phase = (8 - left) & 7;
    // An empty fixed block has 10 bits, an even number: odd phases need one block with an odd one.
    if ((phase & 1) != 0) {
      emptyDynamicBlock();
    }
    while ((length & 7) != phase) {
      put(0b010, 3);
      put(0, 7);
    }
    return java.util.Arrays.copyOf(bytes, (length + 7) >>> 3);
  }

  /** 93 bits: two code length codes (1 and 18), one literal/length code (end of block). */
  private void emptyDynamicBlock() {
    put(0b100, 3);
    put(0, 5);
    put(0, 5);
    put(15, 4);
    for (int symbol : ORDER) {
      put(symbol == 1 || symbol == 18 ? 1 : 0, 3);
    }
    put(1, 1); // 18: 138 zeros
    put(138 - 11, 7);
    put(1, 1); // 18: 118 zeros
    put(118 - 11, 7);
    put(0, 1); // the end of block code has length 1
    put(0, 1); // as has the only distance code
    put(0, 1); // end of block
  }

  private void put(int value, int count) {
    for (int i = 0; i < count; i++, length++) {
      bytes[length >>> 3] |= (byte) ((value >>> i & 1) << (length & 7));
    }
  }
}
