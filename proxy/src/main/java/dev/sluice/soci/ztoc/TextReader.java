package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Copies texts out of a ztoc. A hostile one can let a million entries point to the same megabyte,
 * so what is copied in all is bounded by the length of the document.
 */
final class TextReader {
  private static final byte[] NOTHING = {};
  private static final int REMEMBERED = 64;

  /** Longest version, tool or type word worth reading. */
  private static final int WORD_BYTES = 1024;

  private final byte[][] recent = new byte[REMEMBERED][];
  private long budget;

  TextReader(long documentBytes) {
    this.budget = 2 * documentBytes + 65536;
  }

  byte[] bytes(FlatTable table, int field, int limit, Object what) {
    FlatTable.Vector at = table.bytes(field, what);
    if (at.count() == 0) {
      return NOTHING;
    }
    if (at.count() > limit) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read ztoc: %s has %d bytes, above the limit of %d".formatted(what, at.count(), limit));
    }
    spend(at.count());
    return table.copy(at);
  }

  /** As {@link #bytes} for a text that is a C string in the kernel's interface. */
  byte[] withoutNul(FlatTable table, int field, int limit, Object what) {
    byte[] bytes = bytes(table, field, limit, what);
    for (byte b : bytes) {
      if (b == 0) {
        throw FlatTable.corrupt(what + " has a NUL byte inside");
      }
    }
    return bytes;
  }

  /** As {@link #withoutNul}; equal texts of the recent past are one array. */
  byte[] shared(FlatTable table, int field, int limit, Object what) {
    byte[] bytes = withoutNul(table, field, limit, what);
    if (bytes.length == 0) {
      return bytes;
    }
    int slot = Arrays.hashCode(bytes) & (REMEMBERED - 1);
    byte[] known = recent[slot];
    if (known != null && Arrays.equals(known, bytes)) {
      return known;
    }
    recent[slot] = bytes;
    return bytes;
  }

  String ascii(FlatTable table, int field, Object what) {
    return new String(bytes(table, field, WORD_BYTES, what), StandardCharsets.UTF_8);
  }

  /** Accounts for something that takes about {@code bytes}. */
  void spend(long bytes) {
    budget -= bytes;
    if (budget < 0) {
      throw FlatTable.corrupt("its texts share bytes beyond measure");
    }
  }
}
