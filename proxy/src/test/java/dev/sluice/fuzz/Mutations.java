package dev.sluice.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Inputs that are nearly right. */
final class Mutations {
  private static final long[] INTERESTING = {
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    0x7fff,
    0xffff,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final int LONGEST = 1 << 16;

  private final Random random;
  private final List<byte[]> seeds;

  Mutations(Random random, List<byte[]> seeds) {
    this.random = random;
    this.seeds = seeds;
  }

  byte[] next() {
    byte[] input = any().clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      input = change(input);
    }
    return input.length > LONGEST ? Arrays.copyOf(input, LONGEST) : input;
  }

  private byte[] any() {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] change(byte[] input) {
    if (input.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(input.length);
    int end = at + random.nextInt(Math.min(64, input.length - at) + 1);
    return switch (random.nextInt(8)) {
      case 0 -> Arrays.copyOf(input, at);
      case 1 -> spliced(input, at, end, new byte[0]);
      case 2 -> spliced(input, at, at, Arrays.copyOfRange(input, at, end));
      case 3 -> spliced(input, at, end, part(any()));
      case 4 -> {
        input[at] ^= (byte) (1 << random.nextInt(8));
        yield input;
      }
      case 5 -> number(input, at);
      default -> {
        input[at] = (byte) random.nextInt();
        yield input;
      }
    };
  }

  private byte[] number(byte[] input, int at) {
    long number = INTERESTING[random.nextInt(INTERESTING.length)] + random.nextInt(3) - 1;
    int bytes = Math.min(1 << random.nextInt(4), input.length - at);
    for (int i = 0; i < bytes; i++) {
      input[at + i] = (byte) (number >>> (8 * i));
    }
    return input;
  }

  private byte[] part(byte[] of) {
    int from = random.nextInt(of.length + 1);
    return Arrays.copyOfRange(of, from, from + random.nextInt(Math.min(256, of.length - from) + 1));
  }

  private static byte[] spliced(byte[] input, int from, int to, byte[] middle) {
    byte[] all = Arrays.copyOf(input, from + middle.length + input.length - to);
    System.arraycopy(middle, 0, all, from, middle.length);
    System.arraycopy(input, to, all, from + middle.length, input.length - to);
    return all;
  }
}
