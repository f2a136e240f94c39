package dev.sluice.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * A function of a C library whose parameters are numbers and addresses, at most six of them.
 *
 * @param handle takes the segment that receives errno, then six longs
 * @param isInt whether the function returns an int or nothing, so that the upper half of a register
 *     means nothing
 */
public record NativeFunction(String name, MethodHandle handle, boolean isInt) {
  /*
   * The linker writes code for each shape of a call, that is for the types of its parameters and its
   * result, and does so anew at each start: two dozen shapes took a tenth of it and more. So all calls
   * have one. On x86-64 and aarch64 the first six such parameters travel in a register each, a
   * function does not look at registers that it has no parameter for, and of one that holds an int it
   * looks at the lower half. That goes for functions of variable arguments too, as long as none is a
   * floating-point number.
   *
   * The error number is captured by the linker in the same downcall, into a few bytes per thread:
   * any later call from Java could overwrite errno. A record's fields are constants to the compiler
   * where the record is one.
   */
  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  /** One of libc that returns an int. */
  public static NativeFunction ofInt(String name) {
    return of(LINKER.defaultLookup(), name, true).orElseThrow(() -> missing(name));
  }

  /** One of libc that returns a long, a size or an address. */
  public static NativeFunction ofLong(String name) {
    return of(LINKER.defaultLookup(), name, false).orElseThrow(() -> missing(name));
  }

  /** One of libc that returns an int and that older versions lack. */
  public static Optional<NativeFunction> ofIntIfThere(String name) {
    return of(LINKER.defaultLookup(), name, true);
  }

  /** One of another library; empty if that has none of this name. */
  public static Optional<NativeFunction> of(SymbolLookup library, String name, boolean isInt) {
    return library
        .find(name)
        .map(symbol ->
            new NativeFunction(
                name,
                LINKER.downcallHandle(symbol, SHAPE, Linker.Option.captureCallState("errno")),
                isInt));
  }

  private static IllegalStateException missing(String name) {
    return new IllegalStateException("this machine's libc has no " + name);
  }

  /**
   * Where native memory is. Its owner keeps it until the call is done.
   *
   * @throws IllegalStateException if it is on the heap or was given back
   */
  public static long address(MemorySegment memory) {
    if (!memory.isNative() || !memory.scope().isAlive()) {
      throw new IllegalStateException("native memory that is there is needed: " + memory);
    }
    return memory.address();
  }

  /**
   * Calls it. Memory is given by address and must live until this returns.
   *
   * @return what it returns, or errno, negated, if that is negative
   */
  public long call(long a, long b, long c, long d, long e, long f) {
    MemorySegment state = STATE.get();
    try {
      long raw = (long) handle.invokeExact(state, a, b, c, d, e, f);
      long result = isInt ? (int) raw : raw;
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Error error) {
      throw error;
    } catch (Throwable t) {
      throw new IllegalStateException("call " + name, t);
    }
  }

  /** Like the one with six parameters. */
  public long call(long a, long b, long c, long d, long e) {
    return call(a, b, c, d, e, 0);
  }

  /** Like the one with six parameters. */
  public long call(long a, long b, long c, long d) {
    return call(a, b, c, d, 0, 0);
  }

  /** Like the one with six parameters. */
  public long call(long a, long b, long c) {
    return call(a, b, c, 0, 0, 0);
  }

  /** Like the one with six parameters. */
  public long call(long a, long b) {
    return call(a, b, 0, 0, 0, 0);
  }

  /** Like the one with six parameters. */
  public long call(long a) {
    return call(a, 0, 0, 0, 0, 0);
  }

  /** Like the one with six parameters. */
  public long call() {
    return call(0, 0, 0, 0, 0, 0);
  }
}
