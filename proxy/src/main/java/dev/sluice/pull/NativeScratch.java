package dev.sluice.pull;

import dev.sluice.pull.linux.Libc;
import dev.sluice.soci.ztoc.Attribute;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Native memory for the arguments of Linux's calls: two names, a time and file content. What a
 * method returns is an address that holds until the method is called again.
 */
final class NativeScratch implements AutoCloseable {
  static final int CONTENT_BYTES = 256 << 10;
  static final int TEXT_BYTES = 8192;

  private static final long TIMES_BYTES = 32;

  /** What containerd takes for no time, and sets to 1970: times before it and after 2262. */
  private static final long LAST_SECOND = Long.MAX_VALUE / 1_000_000_000;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment name = arena.allocate(TEXT_BYTES);
  private final MemorySegment other = arena.allocate(TEXT_BYTES);
  private final MemorySegment times = arena.allocate(TIMES_BYTES, 8);
  private final MemorySegment content = arena.allocate(CONTENT_BYTES, 4096);

  /**
   * @param raw bytes, each as a character
   */
  long name(String raw) {
    return put(name, raw);
  }

  long other(String raw) {
    return put(other, raw);
  }

  /** The bytes of a path as characters. */
  static String raw(Path path) {
    return new String(
        path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8),
        StandardCharsets.ISO_8859_1);
  }

  private static long put(MemorySegment place, String raw) {
    byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length >= TEXT_BYTES) {
      throw LinuxFailures.of("use the name", raw, -Libc.ENAMETOOLONG);
    }
    MemorySegment.copy(bytes, 0, place, ValueLayout.JAVA_BYTE, 0, bytes.length);
    place.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return place.address();
  }

  /** Times of access and of change, both the same. */
  long times(long seconds, int nanos) {
    boolean none = seconds < 0 || seconds >= LAST_SECOND;
    for (int at = 0; at < TIMES_BYTES; at += 16) {
      times.set(ValueLayout.JAVA_LONG, at, none ? 0 : seconds);
      times.set(ValueLayout.JAVA_LONG, at + 8, none ? 0 : nanos);
    }
    return times.address();
  }

  MemorySegment content() {
    return content;
  }

  /** Takes name and value of an attribute, of any length. */
  interface AttributeCall {
    int set(long name, long value, long length);
  }

  static int withAttribute(Attribute attribute, AttributeCall call) {
    try (Arena brief = Arena.ofConfined()) {
      byte[] key = attribute.key();
      MemorySegment name = brief.allocate(key.length + 1L);
      MemorySegment.copy(key, 0, name, ValueLayout.JAVA_BYTE, 0, key.length);
      MemorySegment value = brief.allocate(Math.max(1, attribute.value().length));
      MemorySegment.copy(
          attribute.value(), 0, value, ValueLayout.JAVA_BYTE, 0, attribute.value().length);
      return call.set(name.address(), value.address(), attribute.value().length);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
