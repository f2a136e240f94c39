package dev.sluice.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Collections;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;

/** {@code struct fuse_operations} that calls a {@link LibfuseAdapter}. */
final class Operations {
  /*
   * The struct is jnr-fuse's, the functions in it are not: jnr-fuse's get paths as Strings, which
   * cannot hold every name, and jnr-ffi attaches libfuse's thread to the JVM for each call and
   * detaches it again, which makes a Thread per request. An upcall of java.lang.foreign gets the
   * address, and its thread stays attached until it ends.
   */

  /** Bits of the byte that says that read and readdir need no path, as the handle is enough. */
  private static final byte NULLPATH_OK_AND_NOPATH = 0b11;

  /** Holds the functions for as long as this struct is reachable. */
  private final Arena arena = Arena.ofAuto();

  private final FuseOperations struct = new FuseOperations(Runtime.getSystemRuntime());
  private final LibfuseAdapter adapter;

  Operations(LibfuseAdapter adapter) {
    this.adapter = adapter;
    put(struct.getattr.offset(), "getattr", JAVA_INT, 2);
    put(struct.readlink.offset(), "readlink", JAVA_INT, 3);
    put(struct.open.offset(), "open", JAVA_INT, 2);
    put(struct.opendir.offset(), "open", JAVA_INT, 2);
    put(struct.read.offset(), "read", JAVA_INT, 5);
    put(struct.readdir.offset(), "readdir", JAVA_INT, 5);
    put(struct.getxattr.offset(), "getxattr", JAVA_INT, 4);
    put(struct.listxattr.offset(), "listxattr", JAVA_INT, 3);
    put(struct.statfs.offset(), "statfs", JAVA_INT, 2);
    put(struct.init.offset(), "init", JAVA_LONG, 1);
    long flags = struct.bmap.offset() + Long.BYTES; // behind the last pointer before them
    Struct.getMemory(struct).putByte(flags, NULLPATH_OK_AND_NOPATH);
  }

  /** The struct, valid as long as this is reachable. */
  FuseOperations struct() {
    return struct;
  }

  /** All parameters are pointers, size_t or off_t: words of 64 bits. */
  private void put(long offset, String method, ValueLayout result, int parameters) {
    FunctionDescriptor descriptor =
        FunctionDescriptor.of(
            result, Collections.nCopies(parameters, JAVA_LONG).toArray(MemoryLayout[]::new));
    try {
      MethodHandle handle = MethodHandles.lookup().bind(adapter, method, descriptor.toMethodType());
      long function = Linker.nativeLinker().upcallStub(handle, descriptor, arena).address();
      Struct.getMemory(struct).putAddress(offset, function);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("bind " + method, e);
    }
  }
}
