package dev.sluice.soci.ztoc;

import dev.sluice.soci.ztoc.TarNumber.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The records of one PAX extended header. */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords();

  private static final Set<String> TEXTS = Set.of("path", "linkpath", "uname", "gname");

  /** Bytes of the shortest record, {@code "5 a=\n"}. */
  private static final int SHORTEST = 5;

  private final Map<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);

  private PaxRecords() {}

  static PaxRecords parse(byte[] text) throws Malformed {
    PaxRecords parsed = new PaxRecords();
    for (int at = 0; at < text.length; ) {
      at = parsed.record(text, at);
    }
    return parsed;
  }

  /** {@code "<length> <key>=<value>\n"}, where length counts the whole record. */
  private int record(byte[] text, int start) throws Malformed {
    int space = indexOf(text, (byte) ' ', start, text.length);
    long length = TarNumber.decimal(text, start, space);
    if (length < SHORTEST || length > text.length - start || start + length <= space + 1) {
      throw new Malformed("a PAX record has a wrong length");
    }
    int end = (int) (start + length);
    if (text[end - 1] != '\n') {
      throw new Malformed("a PAX record does not end with its line");
    }
    int equals = indexOf(text, (byte) '=', space + 1, end - 1);
    byte[] key = Arrays.copyOfRange(text, space + 1, equals);
    byte[] value = Arrays.copyOfRange(text, equals + 1, end - 1);
    String name = new String(key, StandardCharsets.ISO_8859_1);
    byte[] mustBeText = TEXTS.contains(name) ? value : key;
    for (byte b : mustBeText) {
      if (b == 0) {
        throw new Malformed("a PAX record has a NUL byte");
      }
    }
    if (key.length == 0) {
      throw new Malformed("a PAX record has no key");
    }
    records.put(key, value);
    return end;
  }

  private static int indexOf(byte[] text, byte wanted, int from, int to) throws Malformed {
    for (int i = from; i < to; i++) {
      if (text[i] == wanted) {
        return i;
      }
    }
    throw new Malformed("a PAX record lacks its '" + (char) wanted + "'");
  }

  /** The value of a key; null if it is absent or empty, which means the same. */
  byte @Nullable [] get(String key) {
    byte[] value = records.get(key.getBytes(StandardCharsets.ISO_8859_1));
    return value == null || value.length == 0 ? null : value;
  }

  byte[] get(String key, byte[] otherwise) {
    byte[] value = get(key);
    return value == null ? otherwise : value;
  }

  long number(String key, long otherwise) throws Malformed {
    byte[] value = get(key);
    return value == null ? otherwise : TarNumber.decimal(value, 0, value.length);
  }

  /** A time in seconds with a fraction, of which nine digits count. */
  GoTime time(String key, GoTime otherwise) throws Malformed {
    byte[] value = get(key);
    if (value == null) {
      return otherwise;
    }
    int point = 0;
    while (point < value.length && value[point] != '.') {
      point++;
    }
    long seconds = TarNumber.decimal(value, 0, point);
    int nanos = 0;
    int digits = 0;
    for (int i = point + 1; i < value.length; i++) {
      if (value[i] < '0' || value[i] > '9') {
        throw new Malformed("a PAX record is no time");
      }
      if (digits < 9) {
        nanos = nanos * 10 + value[i] - '0';
        digits++;
      }
    }
    for (; digits < 9; digits++) {
      nanos *= 10;
    }
    return value[0] == '-' && nanos > 0
        ? new GoTime(seconds - 1, 1_000_000_000 - nanos)
        : new GoTime(seconds, nanos);
  }

  /** Whether the content of the entry is a GNU sparse file in one of its three PAX forms. */
  boolean isSparse() {
    String major = text("GNU.sparse.major");
    String minor = text("GNU.sparse.minor");
    if (major.isEmpty() && minor.isEmpty()) {
      // The first form has no version; its records are several of the same key.
      return get("GNU.sparse.map") != null || get("GNU.sparse.offset") != null;
    }
    String version = major + "." + minor;
    return version.equals("0.0") || version.equals("0.1") || version.equals("1.0");
  }

  private String text(String key) {
    byte[] value = get(key);
    return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
  }

  List<Attribute> sorted() {
    List<Attribute> sorted = new ArrayList<>(records.size());
    records.forEach((key, value) -> sorted.add(new Attribute(key, value)));
    return sorted;
  }
}
