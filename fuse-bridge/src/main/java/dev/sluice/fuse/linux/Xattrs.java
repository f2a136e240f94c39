package dev.sluice.fuse.linux;

import dev.sluice.fuse.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Extended attributes of all namespaces; the JDK shows only {@code user.*}. Follows no link. */
public final class Xattrs {
  private static final int MAX_BYTES = 64 << 10;

  private Xattrs() {}

  /** The value of an attribute, null if the file has none of that name. */
  public static byte @Nullable [] get(Path path, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(MAX_BYTES);
      long size = Libc.lgetxattr(path.toString(), name, value.address(), MAX_BYTES);
      if (size == -Errno.ENODATA || size == -Errno.EOPNOTSUPP) {
        return null;
      }
      if (size < 0) {
        throw new LinuxException("read attribute " + name + " of " + path, (int) -size, "");
      }
      return value.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** The names of all attributes that this process may see. */
  public static List<String> list(Path path) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment names = arena.allocate(MAX_BYTES);
      long size = Libc.llistxattr(path.toString(), names.address(), MAX_BYTES);
      if (size < 0 && size != -Errno.EOPNOTSUPP) {
        throw new LinuxException("list attributes of " + path, (int) -size, "");
      }
      List<String> found = new ArrayList<>();
      for (long at = 0; at < size; ) {
        String name = names.getString(at, StandardCharsets.ISO_8859_1);
        found.add(name);
        at += name.length() + 1;
      }
      return found;
    }
  }
}
