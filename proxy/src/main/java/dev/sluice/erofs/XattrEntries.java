package dev.sluice.erofs;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Puts extended attributes into the form of EROFS: a number for the namespace, name, value. */
final class XattrEntries {
  private static final int HEADER_BYTES = 4;
  private static final int MAX_NAME = 255;
  private static final int MAX_VALUE = 0xFFFF;
  private static final String ACL_ACCESS = "system.posix_acl_access";
  private static final String ACL_DEFAULT = "system.posix_acl_default";
  private static final int ACL_VERSION = 2;
  private static final int ACL_HEADER_BYTES = 4;
  private static final int ACL_ENTRY_BYTES = 8;
  private static final int ACL_TAGS = 0x3F;

  private XattrEntries() {}

  /** The attributes in order of their names, each as it stands in an image. */
  static List<byte[]> of(Map<String, byte[]> xattrs) {
    List<byte[]> entries = new ArrayList<>(xattrs.size());
    new TreeMap<>(xattrs)
        .forEach((name, value) -> {
          int namespace = namespace(name);
          if (namespace != 0) {
            check(name, value);
            entries.add(encode(namespace, suffix(name), value));
          }
        });
    return entries;
  }

  private static int namespace(String name) {
    if (name.equals(ACL_ACCESS)) {
      return 2;
    } else if (name.equals(ACL_DEFAULT)) {
      return 3;
    } else if (suffix(name).isEmpty()) {
      return 0;
    } else if (name.startsWith("user.")) {
      return 1;
    } else if (name.startsWith("trusted.")) {
      return 4;
    }
    return name.startsWith("security.") ? 6 : 0;
  }

  private static String suffix(String name) {
    return isAcl(name) ? "" : name.substring(name.indexOf('.') + 1);
  }

  private static boolean isAcl(String name) {
    return name.equals(ACL_ACCESS) || name.equals(ACL_DEFAULT);
  }

  private static byte[] encode(int namespace, String suffix, byte[] value) {
    byte[] name = suffix.getBytes(StandardCharsets.ISO_8859_1);
    int bytes = (int) Format.alignUp(HEADER_BYTES + name.length + value.length, 4);
    return ByteBuffer.allocate(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) name.length)
        .put((byte) namespace)
        .putShort((short) value.length)
        .put(name)
        .put(value)
        .array();
  }

  private static void check(String name, byte[] value) {
    if (name.length() > MAX_NAME) {
      throw unsupported(name, "its name has more than " + MAX_NAME + " bytes");
    }
    if (value.length > MAX_VALUE) {
      throw unsupported(name, "its value has more than " + MAX_VALUE + " bytes");
    }
    if (isAcl(name) && !isWellFormedAcl(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN))) {
      throw unsupported(name, "it is no access control list, and the kernel would read it as one");
    }
  }

  private static boolean isWellFormedAcl(ByteBuffer value) {
    int entries = value.remaining() - ACL_HEADER_BYTES;
    if (entries < 0 || entries % ACL_ENTRY_BYTES != 0 || value.getInt(0) != ACL_VERSION) {
      return false;
    }
    for (int at = ACL_HEADER_BYTES; at < value.limit(); at += ACL_ENTRY_BYTES) {
      int tag = value.getShort(at);
      if (Integer.bitCount(tag) != 1 || (tag & ACL_TAGS) == 0) {
        return false;
      }
    }
    return true;
  }

  private static SluiceException unsupported(String name, String cause) {
    String shown = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "…" : name;
    return new SluiceException(
        FailureKind.UNSUPPORTED,
        "write the names of a layer: extended attribute " + shown + ": " + cause);
  }
}
