package dev.sluice.load.faults;

import dev.sluice.load.TarBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The files of the image as they must be read; half text, half noise. */
record Truth(List<byte[]> files) {
  static Truth make(long seed, int count, int longest) {
    Random random = new Random(seed);
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[1 + random.nextInt(longest)];
      random.nextBytes(bytes);
      for (int at = 0; i % 2 == 0 && at < bytes.length; at++) {
        bytes[at] = (byte) ('a' + (bytes[at] & 7));
      }
      files.add(bytes);
    }
    return new Truth(files);
  }

  static String name(int file) {
    return "f" + file;
  }

  long bytes() {
    return files.stream().mapToLong(file -> file.length).sum();
  }

  /** Where a piece that was read differs from the truth; -1 if nowhere. */
  int difference(int file, int offset, ByteBuffer got) {
    int at = ByteBuffer.wrap(files.get(file), offset, got.remaining()).mismatch(got);
    return at < 0 ? -1 : offset + at;
  }

  byte[] tar() {
    TarBytes tar = new TarBytes();
    for (int i = 0; i < files.size(); i++) {
      tar.add(name(i), files.get(i));
    }
    return tar.end();
  }
}
