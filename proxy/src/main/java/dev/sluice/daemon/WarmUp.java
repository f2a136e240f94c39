package dev.sluice.daemon;

import dev.sluice.oci.Digest;
import java.security.MessageDigest;

/**
 * Digests some bytes beside the start. The JVM does that at 75 MB/s until its compiler has taken it
 * up, then twenty times as fast, and every byte of the first image would wait for it.
 */
final class WarmUp {
  private static final int PIECE = 64 << 10;
  private static final int PIECES = 512;

  private WarmUp() {}

  static void start() {
    Thread.ofPlatform().daemon().name("sluice-warm-up").start(WarmUp::digest);
  }

  private static void digest() {
    MessageDigest digester = Digest.newSha256();
    byte[] piece = new byte[PIECE];
    for (int i = 0; i < PIECES; i++) {
      digester.update(piece);
    }
    var _ = digester.digest();
  }
}
