package dev.sluice.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes compact JSON exactly as Go's {@code encoding/json} does: members in the order of the
 * calls, map keys sorted by their UTF-8 bytes, {@code < > &} and U+2028/9 escaped. Digests are
 * taken over these bytes, so one byte of difference is another document.
 */
public final class JsonWriter {
  private final StringBuilder out = new StringBuilder(1024);
  private boolean first = true;

  public JsonWriter beginObject() {
    separate();
    out.append('{');
    first = true;
    return this;
  }

  public JsonWriter endObject() {
    out.append('}');
    first = false;
    return this;
  }

  public JsonWriter beginArray() {
    separate();
    out.append('[');
    first = true;
    return this;
  }

  public JsonWriter endArray() {
    out.append(']');
    first = false;
    return this;
  }

  public JsonWriter name(String name) {
    separate();
    quote(name);
    out.append(':');
    first = true;
    return this;
  }

  public JsonWriter value(String value) {
    separate();
    quote(value);
    return this;
  }

  public JsonWriter value(long value) {
    separate();
    out.append(value);
    return this;
  }

  public JsonWriter value(boolean value) {
    separate();
    out.append(value);
    return this;
  }

  /** A number with at most {@code decimals} digits after the point. */
  public JsonWriter value(double value, int decimals) {
    separate();
    out.append(
        java.math.BigDecimal.valueOf(value)
            .setScale(decimals, java.math.RoundingMode.HALF_UP)
            .toPlainString());
    return this;
  }

  /** Name and string, left out if null or empty (Go's {@code omitempty}). */
  public JsonWriter optional(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? this : name(name).value(value);
  }

  /** Name and array of strings, left out if empty. */
  public JsonWriter optional(String name, List<String> values) {
    return values.isEmpty() ? this : name(name).values(values);
  }

  /** Name and object of strings with sorted keys, left out if empty. */
  public JsonWriter optional(String name, Map<String, String> map) {
    if (map.isEmpty()) {
      return this;
    }
    name(name).beginObject();
    var keys = new ArrayList<>(map.keySet());
    keys.sort((a, b) ->
        Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
    for (String key : keys) {
      name(key).value(map.getOrDefault(key, ""));
    }
    return endObject();
  }

  public JsonWriter values(List<String> values) {
    beginArray();
    values.forEach(this::value);
    return endArray();
  }

  public byte[] toBytes() {
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return out.toString();
  }

  private void separate() {
    if (!first) {
      out.append(',');
    }
    first = false;
  }

  private void quote(String s) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '<', '>', '&', '\u2028', '\u2029' -> escape(c);
        default -> {
          if (c < 0x20) {
            escape(c);
          } else if (!Character.isSurrogate(c)) {
            out.append(c);
          } else if (Character.isHighSurrogate(c)
              && i + 1 < s.length()
              && Character.isLowSurrogate(s.charAt(i + 1))) {
            out.append(c).append(s.charAt(++i));
          } else {
            escape('\uFFFD');
          }
        }
      }
    }
    out.append('"');
  }

  private void escape(char c) {
    out.append("\\u%04x".formatted((int) c));
  }
}
