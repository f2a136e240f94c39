package dev.sluice.load;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** A small tar of regular files in memory; the same bytes for the same files. */
public final class TarBytes {
  private static final int BLOCK = 512;
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  /**
   * @param name at most 100 ASCII characters
   */
  public void add(String name, byte[] bytes) {
    tar.writeBytes(header(name, bytes.length));
    tar.writeBytes(bytes);
    tar.writeBytes(new byte[Math.floorMod(-bytes.length, BLOCK)]);
  }

  /** The tar with its end. */
  public byte[] end() {
    tar.writeBytes(new byte[2 * BLOCK]);
    return tar.toByteArray();
  }

  public static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException("compress in memory", e);
    }
    return out.toByteArray();
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
}
