package dev.sluice.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes a tar of regular files that is the same for the same files: no times, no owners. */
final class TarFile {
  private static final int BLOCK = 512;
  private static final long MAX_OCTAL_SIZE = 0x1_FFFF_FFFFL;
  private final OutputStream out;

  TarFile(OutputStream out) {
    this.out = out;
  }

  /**
   * @param name at most 100 bytes of ASCII
   */
  void add(String name, long size, InputStream bytes) throws IOException {
    out.write(header(name, size, '0', 0644));
    long copied = bytes.transferTo(out);
    if (copied != size) {
      throw new IOException(name + " has " + copied + " bytes, not " + size);
    }
    out.write(new byte[(int) (-size & (BLOCK - 1))]);
  }

  void addDirectory(String name) throws IOException {
    out.write(header(name + "/", 0, '5', 0755));
  }

  void end() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private static byte[] header(String name, long size, char type, int mode) {
    var h = new byte[BLOCK];
    byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
    if (nameBytes.length > 100) {
      throw new IllegalArgumentException("name too long for ustar: " + name);
    }
    System.arraycopy(nameBytes, 0, h, 0, nameBytes.length);
    octal(h, 100, 8, mode);
    octal(h, 108, 8, 0);
    octal(h, 116, 8, 0);
    if (size <= MAX_OCTAL_SIZE) {
      octal(h, 124, 12, size);
    } else {
      h[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        h[135 - i] = (byte) (size >>> (8 * i));
      }
    }
    octal(h, 136, 12, 0);
    Arrays.fill(h, 148, 156, (byte) ' ');
    h[156] = (byte) type;
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, h, 257, 8);
    int sum = 0;
    for (byte b : h) {
      sum += b & 0xff;
    }
    octal(h, 148, 7, sum);
    return h;
  }

  private static void octal(byte[] h, int from, int length, long value) {
    byte[] digits =
        ("%0" + (length - 1) + "o").formatted(value).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, h, from, digits.length);
    h[from + length - 1] = 0;
  }
}
