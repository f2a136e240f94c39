package dev.sluice.cri;

import io.vertx.core.buffer.Buffer;

/**
 * The first message of a stream of gRPC's frames: a byte that says whether it is compressed, four
 * of its length, its bytes. One that is longer than {@link #LIMIT} or compressed is passed over;
 * the kubelet sends neither.
 */
final class FirstMessage {
  static final int LIMIT = 1 << 20;

  private static final int HEADER = 5;
  private static final byte[] NONE = {};

  private Buffer gathered = Buffer.buffer();
  private boolean over;

  /** The message if these bytes complete it, else nothing. */
  byte[] add(Buffer bytes) {
    if (over) {
      return NONE;
    }
    gathered.appendBuffer(bytes);
    if (gathered.length() < HEADER) {
      return NONE;
    }
    long length = gathered.getUnsignedInt(1);
    if (gathered.getByte(0) != 0 || length > LIMIT) {
      end();
      return NONE;
    }
    if (gathered.length() < HEADER + length) {
      return NONE;
    }
    byte[] message = gathered.getBytes(HEADER, HEADER + (int) length);
    end();
    return message;
  }

  private void end() {
    over = true;
    gathered = Buffer.buffer();
  }
}
