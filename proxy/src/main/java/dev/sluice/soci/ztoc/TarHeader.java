package dev.sluice.soci.ztoc;

import dev.sluice.soci.ztoc.TarNumber.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One header block of a tar, of any dialect, read as Go's archive/tar reads it.
 *
 * @param flag the type flag as it stands
 */
record TarHeader(
    byte flag,
    byte[] name,
    byte[] linkName,
    byte[] userName,
    byte[] groupName,
    long size,
    long mode,
    long uid,
    long gid,
    long mtime,
    long devMajor,
    long devMinor) {

  static final int BLOCK = 512;

  private static final byte[] NOTHING = {};
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int NUMBER_BYTES = 8;
  private static final int LONG_NUMBER_BYTES = 12;
  private static final int ACCESS_TIME_GNU = 345;
  private static final int CHANGE_TIME_GNU = 357;
  private static final int ACCESS_TIME_STAR = 476;
  private static final int CHANGE_TIME_STAR = 488;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_BYTES = 155;
  private static final int PREFIX_BYTES_STAR = 131;

  private enum Dialect {
    V7,
    USTAR,
    STAR,
    GNU
  }

  static TarHeader parse(byte[] block) throws Malformed {
    checkSum(block);
    Dialect dialect = dialect(block);
    byte[] name = text(block, 0, 100);
    byte[] userName = NOTHING;
    byte[] groupName = NOTHING;
    long devMajor = 0;
    long devMinor = 0;
    if (dialect != Dialect.V7) {
      userName = text(block, 265, 32);
      groupName = text(block, 297, 32);
      devMajor = TarNumber.numeric(block, 329, NUMBER_BYTES);
      devMinor = TarNumber.numeric(block, 337, NUMBER_BYTES);
      name = join(prefix(block, dialect), name);
    }
    return new TarHeader(
        block[156],
        name,
        text(block, 157, 100),
        userName,
        groupName,
        TarNumber.numeric(block, 124, LONG_NUMBER_BYTES),
        TarNumber.numeric(block, 100, NUMBER_BYTES),
        TarNumber.numeric(block, 108, NUMBER_BYTES),
        TarNumber.numeric(block, 116, NUMBER_BYTES),
        TarNumber.numeric(block, 136, LONG_NUMBER_BYTES),
        devMajor,
        devMinor);
  }

  /** The sum of all bytes, signed or not, with the field of the sum itself as spaces. */
  private static void checkSum(byte[] block) throws Malformed {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
      byte b = own ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long stated = TarNumber.octal(block, CHECKSUM_AT, CHECKSUM_BYTES);
    if (stated != unsigned && stated != signed) {
      throw new Malformed("its checksum is " + stated + " instead of " + unsigned);
    }
  }

  private static Dialect dialect(byte[] block) {
    String magic = new String(block, 257, 6, StandardCharsets.ISO_8859_1);
    if (magic.equals("ustar\0")) {
      String trailer = new String(block, 508, 4, StandardCharsets.ISO_8859_1);
      return trailer.equals("tar\0") ? Dialect.STAR : Dialect.USTAR;
    }
    return magic.equals("ustar ") && block[263] == ' ' && block[264] == 0
        ? Dialect.GNU
        : Dialect.V7;
  }

  private static byte[] prefix(byte[] block, Dialect dialect) throws Malformed {
    return switch (dialect) {
      case USTAR -> text(block, PREFIX_AT, PREFIX_BYTES);
      case STAR -> {
        TarNumber.numeric(block, ACCESS_TIME_STAR, LONG_NUMBER_BYTES);
        TarNumber.numeric(block, CHANGE_TIME_STAR, LONG_NUMBER_BYTES);
        yield text(block, PREFIX_AT, PREFIX_BYTES_STAR);
      }
      default -> prefixOfOldGo(block);
    };
  }

  /**
   * GNU has times where others have the prefix. Go before 1.8 wrote a prefix there all the same; it
   * shows if the times are none and the text is ASCII.
   */
  private static byte[] prefixOfOldGo(byte[] block) {
    try {
      if (block[ACCESS_TIME_GNU] != 0) {
        TarNumber.numeric(block, ACCESS_TIME_GNU, LONG_NUMBER_BYTES);
      }
      if (block[CHANGE_TIME_GNU] != 0) {
        TarNumber.numeric(block, CHANGE_TIME_GNU, LONG_NUMBER_BYTES);
      }
      return NOTHING;
    } catch (Malformed e) {
      byte[] prefix = text(block, PREFIX_AT, PREFIX_BYTES);
      for (byte b : prefix) {
        if (b < 0) {
          return NOTHING;
        }
      }
      return prefix;
    }
  }

  private static byte[] join(byte[] prefix, byte[] name) {
    if (prefix.length == 0) {
      return name;
    }
    byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  /** Bytes up to the first NUL. */
  static byte[] text(byte[] from, int at, int length) {
    int end = at;
    while (end < at + length && from[end] != 0) {
      end++;
    }
    return end == at ? NOTHING : Arrays.copyOfRange(from, at, end);
  }
}
