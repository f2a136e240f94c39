package dev.sluice.pull;

import dev.sluice.failure.SluiceException;
import dev.sluice.pull.DirectoryTree.Directory;
import dev.sluice.pull.linux.Libc;
import dev.sluice.soci.ztoc.Attribute;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Directories of layers that lie unpacked on disk, nearest first. */
final class UnpackedDirectories implements Directories {
  private static final int NAMES_BYTES = 64 << 10;
  private static final int VALUE_BYTES = 64 << 10;

  private final List<Path> roots;

  UnpackedDirectories(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  @Override
  public @Nullable DirectoryAttributes attributes(byte[] path) {
    String name = new String(path, StandardCharsets.ISO_8859_1);
    for (Path root : roots) {
      try (NativeScratch scratch = new NativeScratch();
          DirectoryTree tree =
              new DirectoryTree(DirectoryTree.openRoot(scratch, root), scratch, null)) {
        Directory found = tree.find(name);
        if (found != null) {
          return read(scratch, found);
        }
      } catch (SluiceException notDirectory) {
        if (notDirectory.kind() == dev.sluice.failure.FailureKind.CORRUPT) {
          return null;
        }
        throw notDirectory;
      }
    }
    return null;
  }

  private static @Nullable DirectoryAttributes read(NativeScratch scratch, Directory directory) {
    FileStatus status = FileStatus.of(scratch, directory.descriptor(), "");
    return status == null
        ? null
        : new DirectoryAttributes(
            status.user(),
            status.group(),
            status.mode() & 07777,
            status.mtimeSeconds(),
            status.mtimeNanos(),
            xattrs(directory.descriptor()));
  }

  private static List<Attribute> xattrs(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment names = arena.allocate(NAMES_BYTES);
      MemorySegment value = arena.allocate(VALUE_BYTES);
      long length = Libc.flistxattr(descriptor, names.address(), NAMES_BYTES);
      List<Attribute> found = new ArrayList<>();
      for (long at = 0; at < length; ) {
        String name = names.getString(at, StandardCharsets.ISO_8859_1);
        long n = Libc.fgetxattr(descriptor, names.address() + at, value.address(), VALUE_BYTES);
        if (n >= 0 && !name.startsWith("trusted.")) {
          found.add(
              new Attribute(
                  name.getBytes(StandardCharsets.ISO_8859_1),
                  value.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE)));
        }
        at += name.length() + 1;
      }
      return List.copyOf(found);
    }
  }
}
