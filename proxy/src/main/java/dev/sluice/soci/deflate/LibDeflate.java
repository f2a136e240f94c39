package dev.sluice.soci.deflate;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
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
  private final MemorySegment decompressor;

  /** The library's functions, found once. */
  private record Functions(MethodHandle allocate, MethodHandle decompress, MethodHandle free) {
    private static final Optional<Functions> OF_THE_MACHINE = find();

    private static Optional<Functions> find() {
      try {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = SymbolLookup.libraryLookup("libdeflate.so.0", Arena.global());
        return Optional.of(
            new Functions(
                linker.downcallHandle(
                    library.findOrThrow("libdeflate_alloc_decompressor"),
                    FunctionDescriptor.of(ADDRESS)),
                linker.downcallHandle(
                    library.findOrThrow("libdeflate_deflate_decompress"),
                    FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS)),
                linker.downcallHandle(
                    library.findOrThrow("libdeflate_free_decompressor"),
                    FunctionDescriptor.ofVoid(ADDRESS))));
      } catch (IllegalArgumentException
          | UnsatisfiedLinkError
          | java.util.NoSuchElementException e) {
        LOG.debug("no libdeflate on this machine; the JDK inflates", e);
        return Optional.empty();
      }
    }
  }

  private LibDeflate(Functions functions, MemorySegment decompressor) {
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
    try {
      MemorySegment decompressor = (MemorySegment) functions.allocate.invokeExact();
      return decompressor.address() == 0
          ? Optional.empty()
          : Optional.of(new LibDeflate(functions, decompressor));
    } catch (Throwable e) {
      throw new IllegalStateException("libdeflate_alloc_decompressor can't be called", e);
    }
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
      int result =
          (int)
              functions.decompress.invokeExact(
                  decompressor, in, in.byteSize(), out, out.byteSize(), MemorySegment.NULL);
      return result == SUCCESS;
    } catch (Throwable e) {
      throw new IllegalStateException("libdeflate_deflate_decompress can't be called", e);
    }
  }

  @Override
  public void close() {
    try {
      functions.free.invokeExact(decompressor);
    } catch (Throwable e) {
      throw new IllegalStateException("libdeflate_free_decompressor can't be called", e);
    }
  }
}
