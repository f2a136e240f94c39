package dev.sluice.soci.deflate;

import java.io.IOException;
import java.util.zip.CRC32;

/** The decompressed stream, with the 32 KiB before the next byte always at hand. */
final class HistoryOutput {
  static final int HISTORY = 1 << 15;

  /** Longest match, and how far its copy may overshoot. */
  private static final int MARGIN = 258 + 32;

  private static final int CAPACITY = HISTORY + (1 << 18);

  final byte[] buffer = new byte[CAPACITY + MARGIN];
  int pos = HISTORY;

  /** The oldest byte that the member may refer to. */
  int oldest = HISTORY;

  private final ScanListener listener;
  private final CRC32 crc = new CRC32();
  private int delivered = HISTORY;
  private long base = -HISTORY;
  private long memberStart;

  HistoryOutput(ScanListener listener) {
    this.listener = listener;
  }

  /** Offset of the next byte in the decompressed stream. */
  long offset() {
    return base + pos;
  }

  /** Where the fast loop must stop. */
  int fastLimit() {
    return CAPACITY;
  }

  int room() {
    return CAPACITY - pos;
  }

  void startMember() {
    oldest = pos;
    memberStart = offset();
    crc.reset();
  }

  /** Checksum of the member so far. */
  int checksum() {
    return (int) crc.getValue();
  }

  /** Length of the member so far, modulo 2³². */
  int memberLength() {
    return (int) (offset() - memberStart);
  }

  /** Hands all bytes to the listener. */
  void deliver() throws IOException {
    if (pos > delivered) {
      crc.update(buffer, delivered, pos - delivered);
      listener.decompressed(buffer, delivered, pos);
      delivered = pos;
    }
  }

  /** Makes room; what moves is the history. */
  void slide() throws IOException {
    deliver();
    int by = pos - HISTORY;
    System.arraycopy(buffer, by, buffer, 0, HISTORY);
    pos = HISTORY;
    delivered = HISTORY;
    base += by;
    oldest = Math.max(0, oldest - by);
  }
}
