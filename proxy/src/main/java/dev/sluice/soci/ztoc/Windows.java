package dev.sluice.soci.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The 32 KiB of decompressed bytes before each checkpoint, wherever they are kept. */
interface Windows extends AutoCloseable {
  /** Bytes of one window: how far back deflate can refer. */
  int SIZE = 1 << 15;

  /** Nothing before a checkpoint: uncompressed layers, and the first span of old ztocs. */
  Windows NONE = (checkpoint, into) -> into.put(new byte[SIZE]);

  /**
   * Fills {@code into}, which has room for {@link #SIZE} bytes, with the window of a checkpoint.
   *
   * @throws IOException if the file that keeps them can't be read
   */
  void read(int checkpoint, ByteBuffer into) throws IOException;

  @Override
  default void close() {}

  /**
   * Windows inside a checkpoint blob in memory.
   *
   * @param first where the window of checkpoint 0 would be in {@code bytes}
   * @param stride distance between two windows
   */
  static Windows inMemory(byte[] bytes, long first, int stride) {
    return (checkpoint, into) ->
        into.put(bytes, Math.toIntExact(first + (long) checkpoint * stride), SIZE);
  }

  /** Windows inside a file, which is closed with them. */
  static Windows inFile(FileChannel file, long first, int stride) {
    return new Windows() {
      @Override
      public void read(int checkpoint, ByteBuffer into) throws IOException {
        long at = first + (long) checkpoint * stride;
        while (into.hasRemaining()) {
          int n = file.read(into, at);
          at += n;
          if (n < 0) {
            throw new IOException("the file ends inside the window of checkpoint " + checkpoint);
          }
        }
      }

      @Override
      public void close() {
        try {
          file.close();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    };
  }
}
