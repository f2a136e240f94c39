package dev.sluice.soci.ztoc;

/** Numbers in tar headers, read as Go's archive/tar reads them. */
final class TarNumber {
  /** A field is no number. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String cause) {
      super(cause, null, false, false);
    }
  }

  private TarNumber() {}

  /** An octal number in ASCII, or a big-endian two's complement one if the first bit is set. */
  static long numeric(byte[] block, int from, int length) throws Malformed {
    return block[from] < 0 ? base256(block, from, length) : octal(block, from, length);
  }

  private static long base256(byte[] block, int from, int length) throws Malformed {
    int invert = (block[from] & 0x40) != 0 ? 0xff : 0;
    long value = 0;
    for (int i = 0; i < length; i++) {
      int digit = (block[from + i] & 0xff) ^ invert;
      if (i == 0) {
        digit &= 0x7f;
      }
      if (value >>> 56 != 0) {
        throw new Malformed("a number has more than 63 bits");
      }
      value = value << 8 | digit;
    }
    if (value < 0) {
      throw new Malformed("a number has more than 63 bits");
    }
    return invert == 0 ? value : ~value;
  }

  /** Spaces and NULs around are no part of the number; nothing is 0. */
  static long octal(byte[] block, int from, int length) throws Malformed {
    int start = from;
    int end = from + length;
    while (start < end && isBlank(block[start])) {
      start++;
    }
    while (end > start && isBlank(block[end - 1])) {
      end--;
    }
    long value = 0;
    for (int i = start; i < end && block[i] != 0; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7 || value >>> 61 != 0) {
        throw new Malformed("a field is no octal number");
      }
      value = value << 3 | digit;
    }
    return value;
  }

  /** A decimal number with an optional sign, all of {@code [from, to)}. */
  static long decimal(byte[] text, int from, int to) throws Malformed {
    int at = from;
    boolean negative = at < to && text[at] == '-';
    if (at < to && (text[at] == '-' || text[at] == '+')) {
      at++;
    }
    if (at == to) {
      throw new Malformed("a PAX record has no number");
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value < (Long.MIN_VALUE + digit) / 10) {
        throw new Malformed("a PAX record is no number of 64 bits");
      }
      value = value * 10 - digit;
    }
    if (!negative && value == Long.MIN_VALUE) {
      throw new Malformed("a PAX record is no number of 64 bits");
    }
    return negative ? value : -value;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == 0;
  }
}
