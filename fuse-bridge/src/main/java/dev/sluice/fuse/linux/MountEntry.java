package dev.sluice.fuse.linux;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A line of {@code /proc/self/mountinfo}.
 *
 * @param id of the mount in this namespace
 * @param parent id of the mount that this one is mounted on
 * @param device major and minor of the file system, e.g. "0:42"
 * @param root the directory of the file system that shows at {@code directory}
 * @param directory the mount point; bytes that are no UTF-8 are replaced
 * @param options of this mount, e.g. "ro,relatime"
 * @param type e.g. "ext4", "fuse.sluice"
 * @param source e.g. "/dev/vda1", "sluice"
 * @param superOptions of the file system, e.g. "lowerdir=/a:/b"
 */
public record MountEntry(
    int id,
    int parent,
    String device,
    String root,
    String directory,
    String options,
    String type,
    String source,
    String superOptions) {

  /**
   * @throws IllegalArgumentException if the line has not the form that proc(5) gives
   */
  static MountEntry parse(String line) {
    List<String> fields = Arrays.asList(line.split(" ", -1));
    int dash = fields.indexOf("-");
    if (dash < 6 || fields.size() < dash + 3) {
      throw new IllegalArgumentException("mountinfo line of unknown form: " + line);
    }
    return new MountEntry(
        Integer.parseInt(fields.get(0)),
        Integer.parseInt(fields.get(1)),
        fields.get(2),
        unescape(fields.get(3)),
        unescape(fields.get(4)),
        fields.get(5),
        unescape(fields.get(dash + 1)),
        unescape(fields.get(dash + 2)),
        fields.size() > dash + 3 ? unescape(fields.get(dash + 3)) : "");
  }

  /** Undoes the octal escapes; {@code field} holds a byte in each char. */
  private static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    int length = field.length();
    for (int i = 0; i < length; i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < length && isOctal(field, i + 1)) {
        bytes.write(Integer.parseInt(field, i + 1, i + 4, 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static boolean isOctal(String field, int from) {
    for (int i = from; i < from + 3; i++) {
      if (field.charAt(i) < '0' || field.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
