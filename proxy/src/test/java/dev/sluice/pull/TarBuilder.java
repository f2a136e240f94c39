package dev.sluice.pull;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes tars byte by byte, also such as no tool would write. Names are bytes as characters. */
final class TarBuilder {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();
  private final Map<String, byte[]> pax = new LinkedHashMap<>();
  private int mode = -1;
  private long user;
  private long group;
  private long mtime = 1_600_000_000;
  private int devMajor;
  private int devMinor;
  private String linkName = "";

  /** A PAX record of the next entry. */
  TarBuilder pax(String key, String value) {
    pax.put(key, bytes(value));
    return this;
  }

  TarBuilder mode(int ofNext) {
    mode = ofNext;
    return this;
  }

  TarBuilder owner(long userOfNext, long groupOfNext) {
    user = userOfNext;
    group = groupOfNext;
    return this;
  }

  TarBuilder mtime(long ofNext) {
    mtime = ofNext;
    return this;
  }

  TarBuilder file(String name, String content) {
    return entry('0', name, 0644, bytes(content));
  }

  TarBuilder file(String name, byte[] content) {
    return entry('0', name, 0644, content);
  }

  TarBuilder directory(String name) {
    return entry('5', name, 0755, new byte[0]);
  }

  TarBuilder symlink(String name, String target) {
    linkName = target;
    return entry('2', name, 0777, new byte[0]);
  }

  TarBuilder hardLink(String name, String target) {
    linkName = target;
    return entry('1', name, 0644, new byte[0]);
  }

  TarBuilder fifo(String name) {
    return entry('6', name, 0644, new byte[0]);
  }

  TarBuilder device(char type, String name, int major, int minor) {
    devMajor = major;
    devMinor = minor;
    return entry(type, name, 0660, new byte[0]);
  }

  TarBuilder entry(char type, String name, int usualMode, byte[] content) {
    byte[] records = records(name);
    if (records.length > 0) {
      header('x', "pax", 0644, records.length);
      content(records);
    }
    header(type, name, mode < 0 ? usualMode : mode, content.length);
    content(content);
    pax.clear();
    mode = -1;
    user = 0;
    group = 0;
    mtime = 1_600_000_000;
    devMajor = 0;
    devMinor = 0;
    linkName = "";
    return this;
  }

  private byte[] records(String name) {
    if (name.length() > 100) {
      pax.putIfAbsent("path", bytes(name));
    }
    if (linkName.length() > 100) {
      pax.putIfAbsent("linkpath", bytes(linkName));
    }
    if (user >= 1 << 21 || user < 0) {
      pax.putIfAbsent("uid", bytes(Long.toString(user)));
    }
    if (group >= 1 << 21 || group < 0) {
      pax.putIfAbsent("gid", bytes(Long.toString(group)));
    }
    if (mtime < 0 || mtime >= 1L << 33) {
      pax.putIfAbsent("mtime", bytes(Long.toString(mtime)));
    }
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    pax.forEach((key, value) -> {
      int rest = key.length() + value.length + 3;
      int length = rest + Integer.toString(rest).length();
      if (Integer.toString(length).length() > Integer.toString(rest).length()) {
        length++;
      }
      records.writeBytes(bytes(length + " " + key + "="));
      records.writeBytes(value);
      records.write('\n');
    });
    return records.toByteArray();
  }

  private void header(char type, String name, int bits, long size) {
    byte[] block = new byte[BLOCK];
    put(block, 0, 100, name);
    put(block, 100, 8, "%07o".formatted(bits));
    put(block, 108, 8, "%07o".formatted(user & 07777777));
    put(block, 116, 8, "%07o".formatted(group & 07777777));
    put(block, 124, 12, "%011o".formatted(size));
    put(block, 136, 12, "%011o".formatted(mtime & 0_77777777777L));
    block[156] = (byte) type;
    put(block, 157, 100, linkName);
    put(block, 257, 8, "ustar\00000");
    put(block, 329, 8, "%07o".formatted(devMajor));
    put(block, 337, 8, "%07o".formatted(devMinor));
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, 8, "%06o\0 ".formatted(sum));
    tar.writeBytes(block);
  }

  private void content(byte[] content) {
    tar.writeBytes(content);
    tar.writeBytes(new byte[-content.length & (BLOCK - 1)]);
  }

  private static void put(byte[] block, int at, int most, String text) {
    byte[] bytes = bytes(text);
    System.arraycopy(bytes, 0, block, at, Math.min(most, bytes.length));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The tar with its end mark. */
  byte[] build() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(tar.toByteArray());
    all.writeBytes(new byte[2 * BLOCK]);
    return all.toByteArray();
  }
}
