package dev.sluice.oci;

/** A whole document with the digest of exactly these bytes. */
public record Content(String mediaType, Digest digest, byte[] bytes) {
  public static Content of(String mediaType, byte[] bytes) {
    return new Content(mediaType, Digest.sha256(bytes), bytes);
  }

  public Descriptor descriptor() {
    return Descriptor.of(mediaType, digest, bytes.length);
  }
}
