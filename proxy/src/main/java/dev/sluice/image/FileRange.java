package dev.sluice.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Bytes of a file from one place to another, read by position so that many may read at once. */
final class FileRange extends InputStream {
  private final FileChannel channel;
  private final boolean owned;
  private final long end;
  private long at;

  private FileRange(FileChannel channel, boolean owned, long from, long to) {
    this.channel = channel;
    this.owned = owned;
    this.at = from;
    this.end = to;
  }

  static FileRange open(Path file, long from, long to) throws IOException {
    return new FileRange(FileChannel.open(file, StandardOpenOption.READ), true, from, to);
  }

  /** Closing the stream leaves the channel open. */
  static FileRange of(FileChannel channel, long from, long to) {
    return new FileRange(channel, false, from, to);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (at >= end) {
      return -1;
    }
    int wanted = (int) Math.min(count, end - at);
    int n = channel.read(ByteBuffer.wrap(buffer, offset, wanted), at);
    at += Math.max(0, n);
    return n;
  }

  @Override
  public void close() throws IOException {
    if (owned) {
      channel.close();
    }
  }
}
