package dev.sluice.soci.deflate;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** The system's zlib as an oracle: where it stops with {@code Z_BLOCK}. */
final class Zlib {
  static final String LIBRARY = "libz.so.1";

  /** A stop before a block, with what zlib says of it. */
  record Stop(long in, int bits, long out) {}

  private static final int Z_BLOCK = 5;
  private static final int Z_STREAM_END = 1;
  private static final int Z_BUF_ERROR = -5;
  private static final int GZIP_WINDOW = 31;
  private static final int STREAM_BYTES = 112;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
  private static final MethodHandle INIT =
      handle(
          "inflateInit2_", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle INFLATE =
      handle("inflate", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RESET =
      handle("inflateReset", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle END =
      handle("inflateEnd", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle VERSION = handle("zlibVersion", FunctionDescriptor.of(ADDRESS));

  private Zlib() {}

  private static MethodHandle handle(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(SYMBOLS.find(name).orElseThrow(), type);
  }

  /**
   * All stops before blocks that are not behind the last one of a member.
   *
   * @throws IllegalArgumentException if zlib refuses the stream
   */
  static List<Stop> stops(byte[] gzip, int outBytes) throws Throwable {
    List<Stop> stops = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stream = arena.allocate(STREAM_BYTES, 16);
      MemorySegment in = arena.allocateFrom(JAVA_BYTE, gzip);
      MemorySegment out = arena.allocate(outBytes + 16L);
      int rc =
          (int)
              INIT.invokeExact(
                  stream, GZIP_WINDOW, (MemorySegment) VERSION.invokeExact(), STREAM_BYTES);
      stream.set(ADDRESS, 0, in);
      stream.set(JAVA_INT, 8, gzip.length);
      stream.set(ADDRESS, 24, out);
      stream.set(JAVA_INT, 32, outBytes + 16);
      try {
        while (rc == 0) {
          rc = (int) INFLATE.invokeExact(stream, Z_BLOCK);
          long read = gzip.length - Integer.toUnsignedLong(stream.get(JAVA_INT, 8));
          long written = outBytes + 16 - Integer.toUnsignedLong(stream.get(JAVA_INT, 32));
          int kind = stream.get(JAVA_INT, 88);
          if (rc == Z_STREAM_END && read < gzip.length) {
            rc = (int) RESET.invokeExact(stream);
          } else if (rc == 0 && (kind & 128) != 0 && (kind & 64) == 0) {
            stops.add(new Stop(read, kind & 7, written));
          }
        }
        if (rc != Z_STREAM_END) {
          throw new IllegalArgumentException("zlib refuses: " + rc);
        }
      } finally {
        int ignored = (int) END.invokeExact(stream);
        assert ignored == 0 || ignored == Z_BUF_ERROR;
      }
    }
    return stops;
  }
}
