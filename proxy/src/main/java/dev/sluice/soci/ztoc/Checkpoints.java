package dev.sluice.soci.ztoc;

import java.util.Arrays;

/**
 * All checkpoints as the ztoc has them, in primitive arrays: where a span starts in the blob and in
 * the decompressed stream, and the digest of its compressed bytes.
 */
final class Checkpoints {
  static final int DIGEST_BYTES = 32;

  private final Compression compression;
  private final long spanSize;
  private final long compressedSize;
  private final long[] in;
  private final long[] out;
  private final byte[] bits;
  private final byte[] digests;

  /**
   * @param in offset in the blob of the first byte that belongs to the span alone
   * @param out offset in the decompressed stream
   * @param bits how many high bits of the byte before {@code in} belong to the span too
   * @param digests {@link #DIGEST_BYTES} for each
   */
  Checkpoints(
      Compression compression,
      long spanSize,
      long compressedSize,
      long[] in,
      long[] out,
      byte[] bits,
      byte[] digests) {
    this.compression = compression;
    this.spanSize = spanSize;
    this.compressedSize = compressedSize;
    this.in = in;
    this.out = out;
    this.bits = bits;
    this.digests = digests;
  }

  Compression compression() {
    return compression;
  }

  long spanSize() {
    return spanSize;
  }

  int count() {
    return in.length;
  }

  long in(int i) {
    return in[i];
  }

  long out(int i) {
    return out[i];
  }

  int bits(int i) {
    return bits[i];
  }

  long start(int i) {
    return in[i] - (bits[i] != 0 ? 1 : 0);
  }

  long end(int i) {
    return i + 1 < in.length ? in[i + 1] : compressedSize;
  }

  byte[] digest(int i) {
    return Arrays.copyOfRange(digests, i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
  }
}
