package dev.sluice.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Finds the regular files of an uncompressed tar file without reading their bytes. */
final class TarMembers {
  private static final int BLOCK = 512;
  private static final int MAX_MEMBERS = 1_000_000;
  private static final int MAX_EXTENSION = 1 << 20;

  /** Where a member's bytes lie in the tar file. */
  record Member(long offset, long size) {}

  private TarMembers() {}

  /** Members by name without a leading {@code ./}; the last of one name wins. */
  static Map<String, Member> scan(FileChannel channel, String name) throws IOException {
    var members = new HashMap<String, Member>();
    var h = new byte[BLOCK];
    var block = ByteBuffer.wrap(h);
    long at = 0;
    String longName = null;
    long longSize = -1;
    fill(channel, block, 0);
    if (h[0] == 0x1f && (h[1] & 0xff) == 0x8b) {
      throw Failures.corrupt("open " + name, "it is compressed: decompress it first (gunzip)");
    }
    while (fill(channel, block, at) && !isZero(h)) {
      if (!checksumFits(h)) {
        throw Failures.corrupt("open " + name, "no tar header at byte " + at);
      }
      long size = longSize >= 0 ? longSize : number(h, 124, 12);
      long data = at + BLOCK;
      if (size < 0 || size > channel.size() - data) {
        throw Failures.corrupt(
            "open " + name, "the member at byte " + at + " reaches past its end");
      }
      switch (h[156]) {
        case 'L' -> longName = text(extension(channel, data, size, name), 0, (int) size);
        case 'x' -> {
          Map<String, String> pax = pax(extension(channel, data, size, name), name);
          longName = pax.getOrDefault("path", longName);
          longSize = Long.parseLong(pax.getOrDefault("size", "-1"));
        }
        case 'g', 'K' -> {}
        default -> {
          if (h[156] == '0' || h[156] == 0) {
            String member = longName != null ? longName : ustarName(h);
            members.put(
                member.startsWith("./") ? member.substring(2) : member, new Member(data, size));
          }
          longName = null;
          longSize = -1;
        }
      }
      if (members.size() > MAX_MEMBERS) {
        throw Failures.corrupt("open " + name, "it has more than " + MAX_MEMBERS + " members");
      }
      at = data + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    return members;
  }

  private static boolean fill(FileChannel channel, ByteBuffer block, long at) throws IOException {
    block.clear();
    while (block.hasRemaining()) {
      if (channel.read(block, at + block.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean checksumFits(byte[] header) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    return sum == number(header, 148, 8);
  }

  /** An octal number, or GNU's base-256 form; -1 if neither. */
  private static long number(byte[] b, int from, int length) {
    if ((b[from] & 0x80) != 0) {
      long value = b[from] & 0x3f;
      for (int i = from + 1; i < from + length; i++) {
        if (value >> 55 != 0) {
          return -1;
        }
        value = value << 8 | (b[i] & 0xff);
      }
      return value;
    }
    String digits = text(b, from, length).trim();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static String ustarName(byte[] h) {
    String name = text(h, 0, 100);
    String prefix = text(h, 257, 5).equals("ustar") && h[262] == 0 ? text(h, 345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static byte[] extension(FileChannel channel, long at, long size, String name)
      throws IOException {
    if (size > MAX_EXTENSION) {
      throw Failures.corrupt("open " + name, "a tar extension header of " + size + " bytes");
    }
    var bytes = new byte[(int) size];
    var into = ByteBuffer.wrap(bytes);
    while (into.hasRemaining() && channel.read(into, at + into.position()) >= 0) {}
    return bytes;
  }

  private static Map<String, String> pax(byte[] records, String name) {
    var map = new HashMap<String, String>();
    String text = new String(records, StandardCharsets.UTF_8);
    int at = 0;
    try {
      while (at < text.length()) {
        int space = text.indexOf(' ', at);
        int length = Integer.parseInt(text.substring(at, space));
        int equals = text.indexOf('=', space);
        map.put(text.substring(space + 1, equals), text.substring(equals + 1, at + length - 1));
        at += length;
      }
      Long.parseLong(map.getOrDefault("size", "0"));
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      throw Failures.corrupt("open " + name, "a malformed tar extension header");
    }
    return map;
  }

  private static String text(byte[] b, int from, int length) {
    int end = from;
    while (end < from + length && b[end] != 0) {
      end++;
    }
    return new String(b, from, end - from, StandardCharsets.UTF_8);
  }
}
