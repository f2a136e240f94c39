package dev.sluice.fuse.jnr;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;

/** {@code struct fuse_operations}, with {@link Callbacks} in the places of jnr-fuse's own. */
final class Operations extends FuseOperations {
  /** Bits of the byte that says that read and readdir need no path, as the handle is enough. */
  private static final byte NULLPATH_OK_AND_NOPATH = 0b11;

  /** Keeps the callbacks reachable as long as libfuse may call them. */
  private final List<Object> used = new ArrayList<>();

  Operations(LibfuseAdapter adapter) {
    super(Runtime.getSystemRuntime());
    put(getattr.offset(), Callbacks.GetAttr.class, adapter::getattr);
    put(readlink.offset(), Callbacks.ReadLink.class, adapter::readlink);
    put(open.offset(), Callbacks.Open.class, adapter::open);
    put(read.offset(), Callbacks.Read.class, adapter::read);
    put(opendir.offset(), Callbacks.Open.class, adapter::open);
    put(readdir.offset(), Callbacks.ReadDir.class, adapter::readdir);
    put(getxattr.offset(), Callbacks.GetXattr.class, adapter::getxattr);
    put(listxattr.offset(), Callbacks.ListXattr.class, adapter::listxattr);
    put(statfs.offset(), Callbacks.StatFs.class, adapter::statfs);
    put(init.offset(), Callbacks.Init.class, adapter::init);
    Struct.getMemory(this).putByte(flag_nullpath_ok.offset(), NULLPATH_OK_AND_NOPATH);
  }

  private <T> void put(long offset, Class<T> type, T callback) {
    used.add(callback);
    Struct.getMemory(this)
        .putPointer(offset, getRuntime().getClosureManager().getClosurePointer(type, callback));
  }
}
