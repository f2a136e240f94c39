package dev.sluice.soci.deflate;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** Decodes one deflate block after the other (RFC 1951 §3.2). */
final class BlockDecoder {
  /*
   * THE FAST LOOP (decode) keeps its state in locals and checks neither the end of the input nor
   * that of the output per symbol: it stops while a whole iteration still fits, and the input is
   * padded with zeros behind its end. 64 bits are loaded at once; 56 of them suffice for two
   * literals of the first table and a length, then for a distance.
   */
  private static final VarHandle LONG = BitInput.LONG;

  private static final int LENGTH_BITS = 11;
  private static final int DISTANCE_BITS = 8;
  private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;
  private static final int DISTANCE_MASK = (1 << DISTANCE_BITS) - 1;

  private static final int END_SYMBOL = 256;
  private static final int LENGTH_SYMBOLS = 288;
  private static final int DISTANCE_SYMBOLS = 32;
  private static final int MOST_LENGTH_CODES = 286;
  private static final int MOST_DISTANCE_CODES = 30;

  private static final byte[] ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };
  private static final int[] LENGTH_MEANING = lengthMeaning();
  private static final int[] DISTANCE_MEANING = distanceMeaning();
  private static final int[] SMALL_MEANING = smallMeaning();

  private final BitInput in;
  private final HistoryOutput out;
  private final HuffmanTable lengths = new HuffmanTable(LENGTH_BITS, LENGTH_SYMBOLS);
  private final HuffmanTable distances = new HuffmanTable(DISTANCE_BITS, DISTANCE_SYMBOLS);
  private final HuffmanTable small = new HuffmanTable(7, 19);
  private final byte[] codeLengths = new byte[LENGTH_SYMBOLS + DISTANCE_SYMBOLS];

  BlockDecoder(BitInput in, HistoryOutput out) {
    this.in = in;
    this.out = out;
  }

  /** Decodes the block that starts here; true if it is the last of its stream. */
  boolean decodeBlock() throws IOException {
    in.fill();
    boolean last = in.take(1) == 1;
    switch (in.take(2)) {
      case 0 -> stored();
      case 1 -> {
        fixedCodes();
        compressed();
      }
      case 2 -> {
        dynamicCodes();
        compressed();
      }
      default -> throw corrupt("invalid block type");
    }
    in.checkEnd();
    return last;
  }

  private void stored() throws IOException {
    in.alignToByte();
    int length = in.take(16);
    if ((length ^ in.take(16)) != 0xffff) {
      throw corrupt("invalid length of a stored block");
    }
    for (int left = length; left > 0; ) {
      if (out.room() <= 0) {
        out.slide();
      }
      int n = in.copy(out.buffer, out.pos, Math.min(left, out.room()));
      out.pos += n;
      left -= n;
    }
  }

  private void fixedCodes() {
    Arrays.fill(codeLengths, 0, 144, (byte) 8);
    Arrays.fill(codeLengths, 144, 256, (byte) 9);
    Arrays.fill(codeLengths, 256, 280, (byte) 7);
    Arrays.fill(codeLengths, 280, 288, (byte) 8);
    Arrays.fill(codeLengths, 288, 320, (byte) 5);
    boolean valid =
        lengths.build(codeLengths, 0, LENGTH_SYMBOLS, LENGTH_MEANING, false)
            && distances.build(
                codeLengths, LENGTH_SYMBOLS, DISTANCE_SYMBOLS, DISTANCE_MEANING, false);
    if (!valid) {
      throw new IllegalStateException("the fixed codes of deflate are complete");
    }
  }

  private void dynamicCodes() {
    int lengthCodes = in.take(5) + 257;
    int distanceCodes = in.take(5) + 1;
    int smallCodes = in.take(4) + 4;
    if (lengthCodes > MOST_LENGTH_CODES || distanceCodes > MOST_DISTANCE_CODES) {
      throw corrupt("too many length or distance symbols");
    }
    Arrays.fill(codeLengths, 0, ORDER.length, (byte) 0);
    for (int i = 0; i < smallCodes; i++) {
      codeLengths[ORDER[i]] = (byte) in.take(3);
    }
    if (!small.build(codeLengths, 0, ORDER.length, SMALL_MEANING, false)) {
      throw corrupt("invalid code lengths set");
    }
    int all = lengthCodes + distanceCodes;
    for (int i = 0; i < all; ) {
      i = readLengths(i, all);
    }
    if (codeLengths[END_SYMBOL] == 0) {
      throw corrupt("no code for the end of a block");
    }
    if (!lengths.build(codeLengths, 0, lengthCodes, LENGTH_MEANING, true)) {
      throw corrupt("invalid set of literal and length codes");
    }
    if (!distances.build(codeLengths, lengthCodes, distanceCodes, DISTANCE_MEANING, true)) {
      throw corrupt("invalid set of distance codes");
    }
  }

  private int readLengths(int at, int all) {
    if (in.bitCount < 14) {
      in.refill();
    }
    int entry = small.entries[(int) in.bits & 127];
    if ((entry & HuffmanTable.EXCEPTIONAL) != 0) {
      throw corrupt("invalid code for a code length");
    }
    in.take(entry & 0xff);
    int symbol = entry >>> 16;
    if (symbol < 16) {
      codeLengths[at] = (byte) symbol;
      return at + 1;
    }
    byte repeated = 0;
    int times;
    if (symbol == 16) {
      if (at == 0) {
        throw corrupt("a repeated code length has none before");
      }
      repeated = codeLengths[at - 1];
      times = 3 + in.take(2);
    } else {
      times = symbol == 17 ? 3 + in.take(3) : 11 + in.take(7);
    }
    if (at + times > all) {
      throw corrupt("too many code lengths");
    }
    Arrays.fill(codeLengths, at, at + times, repeated);
    return at + times;
  }

  private void compressed() throws IOException {
    while (!decode()) {
      in.checkEnd();
      in.fill();
      if (out.pos >= out.fastLimit()) {
        out.slide();
      }
    }
  }

  /** Decodes until the end of the block (true) or until a buffer needs care (false). */
  private boolean decode() {
    byte[] source = in.buffer;
    byte[] target = out.buffer;
    int[] lengthTable = lengths.entries;
    int[] distanceTable = distances.entries;
    int sourceLimit = in.fastLimit();
    int targetLimit = out.fastLimit();
    int oldest = out.oldest;
    int from = in.pos;
    int to = out.pos;
    long bits = in.bits;
    int count = in.bitCount;
    boolean ended = false;

    while (from <= sourceLimit && to < targetLimit) {
      bits |= (long) LONG.get(source, from) << count;
      from += (63 - count) >>> 3;
      count |= 56;
      int entry = lengthTable[(int) bits & LENGTH_MASK];
      if (entry < 0) {
        bits >>>= entry;
        count -= entry & 0xff;
        target[to++] = (byte) (entry >> 16);
        entry = lengthTable[(int) bits & LENGTH_MASK];
        if (entry < 0) {
          bits >>>= entry;
          count -= entry & 0xff;
          target[to++] = (byte) (entry >> 16);
          entry = lengthTable[(int) bits & LENGTH_MASK];
          if (entry < 0) {
            bits >>>= entry;
            count -= entry & 0xff;
            target[to++] = (byte) (entry >> 16);
            continue;
          }
        }
      }
      if ((entry & HuffmanTable.EXCEPTIONAL) != 0) {
        if ((entry & HuffmanTable.SECOND) != 0) {
          bits >>>= LENGTH_BITS;
          count -= LENGTH_BITS;
          entry = lengthTable[(entry >>> 16) + ((int) bits & ((1 << (entry >>> 8 & 15)) - 1))];
          if (entry < 0) {
            bits >>>= entry;
            count -= entry & 0xff;
            target[to++] = (byte) (entry >> 16);
            continue;
          }
        }
        if ((entry & HuffmanTable.EXCEPTIONAL) != 0) {
          if ((entry & HuffmanTable.END_OF_BLOCK) == 0) {
            throw corrupt("invalid literal or length code");
          }
          bits >>>= entry;
          count -= entry & 0xff;
          ended = true;
          break;
        }
      }
      int length = (entry >>> 16) + ((int) (bits & ((1L << entry) - 1)) >>> (entry >>> 8 & 15));
      bits >>>= entry;
      count -= entry & 0xff;

      bits |= (long) LONG.get(source, from) << count;
      from += (63 - count) >>> 3;
      count |= 56;
      entry = distanceTable[(int) bits & DISTANCE_MASK];
      if ((entry & HuffmanTable.EXCEPTIONAL) != 0) {
        if ((entry & HuffmanTable.SECOND) != 0) {
          bits >>>= DISTANCE_BITS;
          count -= DISTANCE_BITS;
          entry = distanceTable[(entry >>> 16) + ((int) bits & ((1 << (entry >>> 8 & 15)) - 1))];
        }
        if ((entry & HuffmanTable.EXCEPTIONAL) != 0) {
          throw corrupt("invalid distance code");
        }
      }
      int distance = (entry >>> 16) + ((int) (bits & ((1L << entry) - 1)) >>> (entry >>> 8 & 15));
      bits >>>= entry;
      count -= entry & 0xff;

      int copy = to - distance;
      if (copy < oldest) {
        throw corrupt("a distance reaches back too far");
      }
      int stop = to + length;
      if (distance >= 8) {
        do {
          LONG.set(target, to, (long) LONG.get(target, copy));
          LONG.set(target, to + 8, (long) LONG.get(target, copy + 8));
          to += 16;
          copy += 16;
        } while (to < stop);
      } else if (distance == 1) {
        long run = (target[copy] & 0xffL) * 0x0101010101010101L;
        do {
          LONG.set(target, to, run);
          LONG.set(target, to + 8, run);
          to += 16;
        } while (to < stop);
      } else {
        do {
          target[to++] = target[copy++];
        } while (to < stop);
      }
      to = stop;
    }
    in.pos = from;
    in.bits = bits;
    in.bitCount = count;
    out.pos = to;
    return ended;
  }

  private SluiceException corrupt(String cause) {
    return new SluiceException(
        FailureKind.CORRUPT,
        "read gzip: " + cause + " near byte " + in.offset() + " of the stream");
  }

  private static int[] lengthMeaning() {
    int[] meaning = new int[LENGTH_SYMBOLS];
    for (int literal = 0; literal < END_SYMBOL; literal++) {
      meaning[literal] = HuffmanTable.LITERAL | literal << 16;
    }
    meaning[END_SYMBOL] = HuffmanTable.EXCEPTIONAL | HuffmanTable.END_OF_BLOCK;
    int base = 3;
    for (int i = 0; i < 28; i++) {
      int extra = i < 8 ? 0 : (i >> 2) - 1;
      meaning[END_SYMBOL + 1 + i] = base << 16 | extra;
      base += 1 << extra;
    }
    meaning[285] = 258 << 16;
    meaning[286] = HuffmanTable.EXCEPTIONAL;
    meaning[287] = HuffmanTable.EXCEPTIONAL;
    return meaning;
  }

  private static int[] distanceMeaning() {
    int[] meaning = new int[DISTANCE_SYMBOLS];
    int base = 1;
    for (int i = 0; i < MOST_DISTANCE_CODES; i++) {
      int extra = i < 4 ? 0 : (i >> 1) - 1;
      meaning[i] = base << 16 | extra;
      base += 1 << extra;
    }
    meaning[30] = HuffmanTable.EXCEPTIONAL;
    meaning[31] = HuffmanTable.EXCEPTIONAL;
    return meaning;
  }

  private static int[] smallMeaning() {
    int[] meaning = new int[ORDER.length];
    for (int i = 0; i < meaning.length; i++) {
      meaning[i] = i << 16;
    }
    return meaning;
  }
}
