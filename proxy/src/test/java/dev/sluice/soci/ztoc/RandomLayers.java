package dev.sluice.soci.ztoc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Random tars and random ways to compress them. */
public final class RandomLayers {
  private static final int[] FLUSHES = {
    Deflater.NO_FLUSH, Deflater.SYNC_FLUSH, Deflater.FULL_FLUSH
  };
  private static final int[] STRATEGIES = {
    Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY
  };

  private final Random random;

  public RandomLayers(Random random) {
    this.random = random;
  }

  /** A tar with up to {@code most} entries of all kinds. */
  public byte[] tar(int most) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, 512, "UTF-8")) {
      tar.setLongFileMode(
          random.nextBoolean()
              ? TarArchiveOutputStream.LONGFILE_GNU
              : TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      for (int left = random.nextInt(most + 1); left > 0; left--) {
        entry(tar);
      }
    }
    return bytes.toByteArray();
  }

  private void entry(TarArchiveOutputStream tar) throws IOException {
    String name = "d/".repeat(random.nextInt(80)) + "f" + random.nextInt(1000);
    switch (random.nextInt(6)) {
      case 0 -> header(tar, new TarArchiveEntry(name + "/"));
      case 1 -> {
        TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        link.setLinkName("t".repeat(random.nextInt(200)));
        header(tar, link);
      }
      case 2 -> {
        TarArchiveEntry device = new TarArchiveEntry(name, TarConstants.LF_CHR);
        device.setDevMajor(random.nextInt(4096));
        device.setDevMinor(random.nextInt(4096));
        header(tar, device);
      }
      default -> {
        byte[] content = content(random.nextInt(random.nextInt(10) == 0 ? 300_000 : 3000));
        TarArchiveEntry file = new TarArchiveEntry(name);
        file.setSize(content.length);
        if (random.nextInt(4) == 0) {
          file.addPaxHeader("SCHILY.xattr.user.k" + random.nextInt(9), "v" + random.nextInt());
        }
        tar.putArchiveEntry(file);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
  }

  private static void header(TarArchiveOutputStream tar, TarArchiveEntry entry) throws IOException {
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  /** Bytes that compress well, badly or not at all. */
  public byte[] content(int length) {
    byte[] bytes = new byte[length];
    int alphabet = 1 << random.nextInt(9);
    for (int at = 0; at < length; ) {
      int run = Math.min(length - at, 1 + random.nextInt(400));
      if (at > 0 && random.nextBoolean()) {
        int from = random.nextInt(at);
        for (int i = 0; i < run; i++) {
          bytes[at + i] = bytes[from + i];
        }
      } else {
        for (int i = 0; i < run; i++) {
          bytes[at + i] = (byte) random.nextInt(alphabet);
        }
      }
      at += run;
    }
    return bytes;
  }

  /** The bytes as a gzip stream of one or more members, with random headers and blocks. */
  public byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int members = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
    int from = 0;
    for (int i = 1; i <= members; i++) {
      int to = i == members ? content.length : from + random.nextInt(content.length - from + 1);
      member(bytes, Arrays.copyOfRange(content, from, to));
      from = to;
    }
    return bytes.toByteArray();
  }

  private void member(ByteArrayOutputStream bytes, byte[] content) {
    bytes.writeBytes(header());
    Deflater deflater = new Deflater(random.nextInt(10), true);
    deflater.setStrategy(STRATEGIES[random.nextInt(STRATEGIES.length)]);
    int flush = FLUSHES[random.nextInt(FLUSHES.length)];
    byte[] buffer = new byte[70_000];
    for (int at = 0; at < content.length; ) {
      int run = Math.min(content.length - at, 1 + random.nextInt(60_000));
      deflater.setInput(content, at, run);
      int n;
      do {
        n = deflater.deflate(buffer, 0, buffer.length, flush);
        bytes.write(buffer, 0, n);
      } while (n == buffer.length || !deflater.needsInput());
      at += run;
    }
    deflater.finish();
    while (!deflater.finished()) {
      bytes.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    CRC32 crc = new CRC32();
    crc.update(content);
    bytes.writeBytes(
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) crc.getValue())
            .putInt(content.length)
            .array());
  }

  private byte[] header() {
    int flags = random.nextInt(3) == 0 ? random.nextInt(32) : 0;
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 0, 0, 0, 0, 0, 3});
    if ((flags & 4) != 0) {
      int length = random.nextInt(3000);
      header.write(length);
      header.write(length >> 8);
      header.writeBytes(content(length));
    }
    if ((flags & 8) != 0) {
      header.writeBytes("layer.tar\0".getBytes(StandardCharsets.US_ASCII));
    }
    if ((flags & 16) != 0) {
      header.writeBytes("comment\0".getBytes(StandardCharsets.US_ASCII));
    }
    if ((flags & 2) != 0) {
      CRC32 crc = new CRC32();
      crc.update(header.toByteArray());
      header.write((int) crc.getValue());
      header.write((int) crc.getValue() >> 8);
    }
    return header.toByteArray();
  }
}
