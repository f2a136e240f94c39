package dev.sluice.pull;

import java.nio.charset.StandardCharsets;

/**
 * Where an entry of a tar stands: the name without {@code .}, {@code ..} and doubled slashes, which
 * can't lead out of the root. Bytes of names are kept as characters of ISO 8859-1.
 *
 * @param parent components with slashes between them; empty for the root
 * @param base last component; empty for the root itself
 */
record EntryPath(String parent, String base) {
  static EntryPath of(byte[] name) {
    byte[] clean = new byte[name.length];
    int length = 0;
    for (int at = 0; at < name.length; ) {
      int end = at;
      while (end < name.length && name[end] != '/') {
        end++;
      }
      int n = end - at;
      if (n == 2 && name[at] == '.' && name[at + 1] == '.') {
        while (length > 0 && clean[--length] != '/') {
          // Back to the component before.
        }
      } else if (n > 1 || (n == 1 && name[at] != '.')) {
        if (length > 0) {
          clean[length++] = '/';
        }
        System.arraycopy(name, at, clean, length, n);
        length += n;
      }
      at = end + 1;
    }
    int slash = length - 1;
    while (slash >= 0 && clean[slash] != '/') {
      slash--;
    }
    return new EntryPath(text(clean, 0, Math.max(0, slash)), text(clean, slash + 1, length));
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** The name below a directory. */
  static String join(String directory, String base) {
    return directory.isEmpty() ? base : directory + "/" + base;
  }
}
