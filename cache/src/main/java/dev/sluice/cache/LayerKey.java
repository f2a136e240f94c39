package dev.sluice.cache;

import java.util.regex.Pattern;

/**
 * Names the bytes of one layer as one index describes them.
 *
 * <p>Two indexes of the same layer get two keys: span digests are claims of the index, so bytes
 * that were verified against one index must never be served for another.
 *
 * @param name file-name safe, at most 200 characters of {@code [a-zA-Z0-9._-]}, not starting with a
 *     dot
 */
public record LayerKey(String name) {
  private static final Pattern SAFE = Pattern.compile("[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,199}");

  public LayerKey {
    if (!isSafe(name)) {
      throw new IllegalArgumentException("layer key '" + name + "' is not a safe file name");
    }
  }

  static boolean isSafe(String name) {
    return SAFE.matcher(name).matches();
  }

  @Override
  public String toString() {
    return name;
  }
}
