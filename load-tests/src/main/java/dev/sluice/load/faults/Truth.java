package dev.sluice.load.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** The files of the image as they must be read; half text, half noise. */
record Truth(List<byte[]> files) {
  private static final int BLOCK = 512;

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
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < files.size(); i++) {
      byte[] bytes = files.get(i);
      tar.writeBytes(header(name(i), bytes.length));
      tar.writeBytes(bytes);
      tar.writeBytes(new byte[Math.floorMod(-bytes.length, BLOCK)]);
    }
    tar.writeBytes(new byte[2 * BLOCK]);
    return tar.toByteArray();
  }

  private static byte[] header(String name, int size) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "%011o".formatted(1_700_000_000));
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    put(header, 148, "%06o".formatted(sum));
    header[154] = 0;
    return header;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }
}
