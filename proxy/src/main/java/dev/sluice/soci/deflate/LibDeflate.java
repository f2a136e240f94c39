package dev.sluice.soci.deflate;

import dev.sluice.linux.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.ref.Reference;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A decoder of the machine's libdeflate, if it has one: more than twice as fast as zlib, for
 * deflate streams that are in memory as a whole. For one thread at a time.
 *
 * <p>Source: libdeflate.h, whose functions are the same in all versions of {@code libdeflate.so.0}.
 */
public final class LibDeflate implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LibDeflate.class);

  /** LIBDEFLATE_SUCCESS; the others tell what is wrong with the stream or its length. */
  private static final int SUCCESS = 0;

  private final Functions functions;
  private final long decompressor;

  /** The library's functions, found once. */
  private record Functions(
      NativeFunction allocate, NativeFunction decompress, NativeFunction free) {
    private static final Optional<Functions> OF_THE_MACHINE = find();

    private static Optional<Functions> find() {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup("libdeflate.so.0", Arena.global());
        return Optional.of(
            new Functions(
                function(library, "libdeflate_alloc_decompressor", false),
                function(library, "libdeflate_deflate_decompress", true),
                function(library, "libdeflate_free_decompressor", true)));
      } catch (IllegalArgumentException | UnsatisfiedLinkError | NoSuchElementException e) {
        LOG.debug("no libdeflate on this machine; the JDK inflates", e);
        return Optional.empty();
      }
    }

    private static NativeFunction function(SymbolLookup library, String name, boolean isInt) {
      return NativeFunction.of(library, name, isInt).orElseThrow();
    }
  }

  private LibDeflate(Functions functions, long decompressor) {
    this.functions = functions;
    this.decompressor = decompressor;
  }

  /** Whether this machine has the library. */
  public static boolean isHere() {
    return Functions.OF_THE_MACHINE.isPresent();
  }

  /** A decoder, to be closed; empty if the machine has no library or no memory for one. */
  public static Optional<LibDeflate> open() {
    return Functions.OF_THE_MACHINE.flatMap(LibDeflate::allocate);
  }

  private static Optional<LibDeflate> allocate(Functions functions) {
    long decompressor = functions.allocate.call();
    return decompressor == 0
        ? Optional.empty()
        : Optional.of(new LibDeflate(functions, decompressor));
  }

  /**
   * Decodes a whole stream, from its first block to one that is marked as the last; what follows in
   * {@code in} is not looked at.
   *
   * @param in native memory
   * @param out native memory, exactly as long as what the stream yields
   * @return false if it is no such stream or yields more or less; {@code out} is undefined then
   */
  public boolean decode(MemorySegment in, MemorySegment out) {
    try {
      long result =
          functions.decompress.call(
              decompressor,
              NativeFunction.address(in),
              in.byteSize(),
              NativeFunction.address(out),
              out.byteSize(),
              0);
      return result == SUCCESS;
    } finally {
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
  }

  @Override
  public void close() {
    var _ = functions.free.call(decompressor);
  }
}
