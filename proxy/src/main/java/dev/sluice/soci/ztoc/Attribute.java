package dev.sluice.soci.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One PAX record or extended attribute, raw. The arrays are not copied: don't change them.
 *
 * @param key name in bytes, usually UTF-8
 * @param value any bytes
 */
public record Attribute(byte[] key, byte[] value) {

  /** The key for people and comparisons with ASCII names. */
  public String keyText() {
    return new String(key, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Attribute a
        && Arrays.equals(a.key, key)
        && Arrays.equals(a.value, value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key) * 31 + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return keyText() + "=<" + value.length + " bytes>";
  }
}
