package dev.sluice.soci.deflate;

import java.util.Arrays;

/** A decoding table of one Huffman code: one look-up for short codes, two for long ones. */
final class HuffmanTable {
  /*
   * An entry tells all in 32 bits:
   *
   *   31     literal
   *   30-16  literal, or base of a length or distance, or start of a second table
   *   15     exceptional: 14 set = second table, 13 set = end of block, else no such code
   *   11-8   bits of the code alone (of the index, for a second table)
   *    7-0   bits of the code and the extra bits behind it
   */
  static final int LITERAL = 1 << 31;
  static final int EXCEPTIONAL = 1 << 15;
  static final int SECOND = 1 << 14;
  static final int END_OF_BLOCK = 1 << 13;

  static final int LONGEST_CODE = 15;

  final int[] entries;
  private final int firstBits;
  private final int[] counts = new int[LONGEST_CODE + 1];
  private final int[] nextCode = new int[LONGEST_CODE + 2];

  /**
   * @param firstBits bits of the first look-up
   * @param symbols most symbols of a code
   */
  HuffmanTable(int firstBits, int symbols) {
    this.firstBits = firstBits;
    // A second table for each prefix of a long code: no more than all codes of the longest kind.
    this.entries = new int[(1 << firstBits) + symbols * (1 << (LONGEST_CODE - firstBits))];
  }

  /**
   * Builds the table.
   *
   * @param lengths code length of each symbol from {@code from} on, 0 = not used
   * @param meaning entry of each symbol without its code length
   * @param mayBeLone whether no code, or a single one of one bit, will do
   * @return false if the lengths make no such code: over-subscribed or incomplete
   */
  boolean build(byte[] lengths, int from, int count, int[] meaning, boolean mayBeLone) {
    Arrays.fill(counts, 0);
    for (int i = from; i < from + count; i++) {
      counts[lengths[i]]++;
    }
    int longest = LONGEST_CODE;
    while (longest > 0 && counts[longest] == 0) {
      longest--;
    }
    int left = 1;
    int code = 0;
    counts[0] = 0;
    for (int length = 1; length <= longest; length++) {
      left = (left << 1) - counts[length];
      if (left < 0) {
        return false;
      }
      code = (code + counts[length - 1]) << 1;
      nextCode[length] = code;
    }
    if (longest == 0 || left > 0) {
      if (longest > 1 || !mayBeLone) {
        return false;
      }
      Arrays.fill(entries, 0, 1 << firstBits, EXCEPTIONAL);
    }
    fill(lengths, from, count, meaning, longest);
    return true;
  }

  private void fill(byte[] lengths, int from, int count, int[] meaning, int longest) {
    if (longest > firstBits) {
      // Marks what has no second table yet; a complete code overwrites every entry.
      Arrays.fill(entries, 0, 1 << firstBits, 0);
    }
    int free = 1 << firstBits;
    int secondBits = longest - firstBits;
    for (int symbol = 0; symbol < count; symbol++) {
      int length = lengths[from + symbol];
      if (length == 0) {
        continue;
      }
      int code = Integer.reverse(nextCode[length]++) >>> (32 - length);
      if (length <= firstBits) {
        int entry = meaning[symbol] + (length << 8) + length;
        for (int at = code; at < 1 << firstBits; at += 1 << length) {
          entries[at] = entry;
        }
        continue;
      }
      int prefix = code & ((1 << firstBits) - 1);
      if (entries[prefix] == 0) {
        entries[prefix] = EXCEPTIONAL | SECOND | free << 16 | secondBits << 8 | firstBits;
        free += 1 << secondBits;
      }
      int start = entries[prefix] >>> 16;
      int rest = length - firstBits;
      int entry = meaning[symbol] + (rest << 8) + rest;
      for (int at = code >>> firstBits; at < 1 << secondBits; at += 1 << rest) {
        entries[start + at] = entry;
      }
    }
  }
}
