package dev.sluice.soci.deflate;

import java.io.IOException;

/**
 * Learns what a {@link GzipScanner} meets. The arrays are the scanner's own: copy what you keep.
 */
public interface ScanListener {
  /** Bytes {@code [from, to)} of {@code buffer} are the next of the compressed stream. */
  void compressed(byte[] buffer, int from, int to) throws IOException;

  /** Bytes {@code [from, to)} of {@code buffer} are the next of the decompressed stream. */
  void decompressed(byte[] buffer, int from, int to) throws IOException;

  /**
   * A deflate block starts that may start a span. All compressed bytes before the checkpoint's
   * first one have been handed to {@link #compressed}, and none after.
   */
  void checkpoint(Checkpoint checkpoint) throws IOException;

  /**
   * Where a decoder can start.
   *
   * @param in offset in the compressed stream of the first byte that belongs to the block alone
   * @param bits how many high bits of the byte before {@code in} belong to the block too, 0 to 7
   * @param lastByte the byte before {@code in}
   * @param out offset in the decompressed stream
   * @param window array that holds the decompressed bytes before the block
   * @param windowEnd where they end in {@code window}; at least 32 KiB stand before it, zeros where
   *     the stream has not so many
   */
  record Checkpoint(long in, int bits, byte lastByte, long out, byte[] window, int windowEnd) {}
}
