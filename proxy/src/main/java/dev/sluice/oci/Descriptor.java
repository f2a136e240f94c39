package dev.sluice.oci;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names content by digest.
 *
 * @param size length of the content in bytes
 * @param data the content itself where the document embeds it
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    SortedMap<String, String> annotations,
    byte @Nullable [] data,
    @Nullable Platform platform,
    @Nullable String artifactType) {

  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, List.of(), new TreeMap<>(), null, null, null);
  }

  public @Nullable String annotation(String key) {
    return annotations.get(key);
  }
}
