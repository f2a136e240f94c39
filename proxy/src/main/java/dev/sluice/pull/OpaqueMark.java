package dev.sluice.pull;

import dev.sluice.pull.DirectoryTree.Directory;
import dev.sluice.pull.linux.Libc;
import dev.sluice.soci.ztoc.Attribute;
import java.nio.charset.StandardCharsets;

/** Marks directories that hide what layers below have in them, as overlayfs reads it. */
final class OpaqueMark {
  private static final byte[] YES = {'y'};
  private static final Attribute TRUSTED = mark("trusted.overlay.opaque");

  /** In a user namespace, where overlayfs is mounted with {@code userxattr}. */
  private static final Attribute USER = mark("user.overlay.opaque");

  private OpaqueMark() {}

  private static Attribute mark(String name) {
    return new Attribute(name.getBytes(StandardCharsets.US_ASCII), YES);
  }

  static void set(Directory directory) {
    int set = set(directory, TRUSTED);
    if (set == -Libc.EPERM) {
      set = set(directory, USER);
    }
    if (set < 0) {
      throw LinuxFailures.of("mark as opaque", directory.path(), set);
    }
  }

  private static int set(Directory directory, Attribute mark) {
    return NativeScratch.withAttribute(
        mark, (name, value, n) -> Libc.fsetxattr(directory.descriptor(), name, value, n, 0));
  }

  static void clear(NativeScratch scratch, Directory directory) {
    for (Attribute mark : new Attribute[] {TRUSTED, USER}) {
      String name = new String(mark.key(), StandardCharsets.ISO_8859_1);
      int cleared = Libc.fremovexattr(directory.descriptor(), scratch.name(name));
      if (cleared < 0 && cleared != -Libc.ENODATA && cleared != -Libc.EOPNOTSUPP) {
        throw LinuxFailures.of("clear the opaque mark of", directory.path(), cleared);
      }
    }
  }
}
