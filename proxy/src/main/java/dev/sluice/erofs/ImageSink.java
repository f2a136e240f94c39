package dev.sluice.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** A channel with a little-endian buffer before it, which knows how far it has come. */
final class ImageSink {
  private static final int BUFFER = 256 << 10;

  private final WritableByteChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private long flushed;

  ImageSink(WritableByteChannel channel) {
    this.channel = channel;
  }

  long position() {
    return flushed + buffer.position();
  }

  /** The buffer, with room for {@code bytes}. */
  ByteBuffer room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
    return buffer;
  }

  void bytes(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; ) {
      int step = Math.min(room(1).remaining(), bytes.length - at);
      buffer.put(bytes, at, step);
      at += step;
    }
  }

  /** Writes zeros up to a position. */
  void padTo(long position) throws IOException {
    while (position() < position) {
      int step = (int) Math.min(room(1).remaining(), position - position());
      for (int i = 0; i < step; i++) {
        buffer.put((byte) 0);
      }
    }
    if (position() != position) {
      throw new IllegalStateException("image is at " + position() + " instead of " + position);
    }
  }

  void flush() throws IOException {
    buffer.flip();
    flushed += buffer.remaining();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
