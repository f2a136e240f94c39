package dev.sluice.soci.index;

import dev.sluice.oci.Digest;

/** Digests of test data. */
final class Digests {
  private Digests() {}

  static Digest of(byte[] bytes) {
    return Digest.sha256(bytes);
  }
}
