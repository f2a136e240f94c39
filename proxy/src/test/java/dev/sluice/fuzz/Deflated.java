package dev.sluice.fuzz;

import java.util.Arrays;
import java.util.zip.Deflater;

/** Raw deflate data as zlib writes it. */
public final class Deflated {
  private static final int MOST = 8000;

  private Deflated() {}

  /**
   * @param content that takes at most 8000 bytes
   * @param strategy one of {@link Deflater}'s
   */
  public static byte[] of(byte[] content, int level, int strategy) {
    Deflater deflater = new Deflater(level, true);
    deflater.setStrategy(strategy);
    deflater.setInput(content);
    deflater.finish();
    byte[] compressed = new byte[MOST];
    int length = deflater.deflate(compressed);
    deflater.end();
    return Arrays.copyOf(compressed, length);
  }
}
