package dev.sluice.soci.index;

import dev.sluice.oci.Digest;

/**
 * A SOCI index and how it was found.
 *
 * @param digest of the index manifest
 */
public record FoundIndex(SociIndex index, Digest digest, Way way) {
  /** How an index was found. */
  public enum Way {
    EXPLICIT("named by its digest"),
    ANNOTATION("named by the image manifest"),
    REFERRER("refers to the image");

    private final String words;

    Way(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }
  }
}
