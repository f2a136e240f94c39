package dev.sluice.erofs;

import dev.sluice.soci.ztoc.Attribute;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Entries of a layer by a seed, with a liking for what is at an edge. */
public final class RandomEntries {
  private static final String BYTES = "!#+-.0aAzZ_~\u0001\u007f\u0080\u00ff\u00c3 \\\n";

  private static final int BLOCK = 512;

  /** How often a place is looked for, before it is for less. */
  private static final int TRIES = 8;

  private final Random random;
  private final long tarLength;
  private final List<TocEntry> entries = new ArrayList<>();
  private final List<String> directories = new ArrayList<>(List.of(""));
  private final List<String> files = new ArrayList<>();
  private final Set<String> taken = new HashSet<>();

  /** Where the contents of files begin and end. */
  private final NavigableMap<Long, Long> occupied = new TreeMap<>();

  private RandomEntries(long seed, long tarLength) {
    this.random = new Random(seed);
    this.tarLength = tarLength;
  }

  /**
   * Entries whose contents lie anywhere in a tar of that length, none of them in another's block.
   */
  public static List<TocEntry> of(long seed, long tarLength) {
    RandomEntries made = new RandomEntries(seed, tarLength);
    int count = made.random.nextInt(10) == 0 ? 400 : made.random.nextInt(40);
    int spread = 1 + made.random.nextInt(10);
    for (int i = 0; i < count; i++) {
      made.add(spread);
    }
    return made.entries;
  }

  private void add(int spread) {
    String dir = directories.get(random.nextInt(Math.min(spread, directories.size())));
    String path = dir + name();
    if (!taken.add(path)) {
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> file(path);
      case 4, 5 -> {
        entries.add(described(TocEntry.Type.DIR, path).build());
        directories.add(path + "/");
      }
      case 6 -> link(path);
      case 7 -> {
        if (files.isEmpty()) {
          file(path);
        } else {
          byte[] target = bytes(files.get(random.nextInt(files.size())));
          entries.add(plain(TocEntry.Type.HARDLINK, path).linkName(target).build());
        }
      }
      case 8 -> device(path);
      case 9 -> entries.add(plain(TocEntry.Type.REG, dir + ".wh." + name()).build());
      case 10 -> entries.add(plain(TocEntry.Type.REG, dir + ".wh..wh..opq").build());
      default -> entries.add(described(TocEntry.Type.FIFO, path).build());
    }
  }

  private void file(String path) {
    long size =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> 512L * random.nextInt(1, 20);
          case 2 -> 4096L * random.nextInt(1, 20);
          default -> random.nextInt(1, 30_000);
        };
    long offset = randomOffset(size);
    for (int tries = 0; !isFree(offset, size); tries++) {
      size = tries < TRIES ? size : size / 2; // what is left may be small
      offset = randomOffset(size);
    }
    if (size > 0) {
      occupied.put(offset, offset + size);
    }
    entries.add(described(TocEntry.Type.REG, path).content(offset, size).build());
    files.add(path);
  }

  private long randomOffset(long size) {
    return random.nextLong((tarLength - size) / BLOCK) * BLOCK;
  }

  /** As in every tar, no two files have bytes in one block. */
  private boolean isFree(long offset, long size) {
    Map.Entry<Long, Long> before = occupied.lowerEntry(offset + size);
    return size == 0 || before == null || before.getValue() <= offset;
  }

  private void link(String path) {
    byte[] target =
        new byte[random.nextInt(4) == 0 ? random.nextInt(1, 4096) : random.nextInt(1, 60)];
    Arrays.fill(target, (byte) 'x');
    entries.add(described(TocEntry.Type.SYMLINK, path).linkName(target).build());
  }

  private void device(String path) {
    TocEntry.Type type = random.nextBoolean() ? TocEntry.Type.CHAR : TocEntry.Type.BLOCK;
    entries.add(
        described(type, path).device(1 + random.nextInt(0xfff), random.nextInt(1 << 20)).build());
  }

  private String name() {
    int length = random.nextInt(8) == 0 ? random.nextInt(1, 256) : random.nextInt(1, 20);
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < Math.min(length, 251); i++) {
      name.append(BYTES.charAt(random.nextInt(BYTES.length())));
    }
    String made = name.toString();
    return made.equals(".") || made.equals("..") ? made + "x" : made;
  }

  private TocEntry.Builder plain(TocEntry.Type type, String path) {
    return new TocEntry.Builder(type, bytes(path));
  }

  private TocEntry.Builder described(TocEntry.Type type, String path) {
    TocEntry.Builder made = plain(type, path).mode(random.nextInt(010000));
    if (random.nextInt(3) == 0) {
      made.mtime(random.nextLong(-1L << 33, 1L << 33), random.nextInt(1_000_000_000));
    } else {
      made.mtime(1_700_000_000L, 5);
    }
    if (random.nextInt(4) == 0) {
      made.owner(random.nextLong(0xffff_ffffL), random.nextInt(70_000));
    }
    boolean user = type == TocEntry.Type.REG || type == TocEntry.Type.DIR;
    return random.nextInt(3) > 0 ? made : made.pax(xattrs(user));
  }

  private List<Attribute> xattrs(boolean user) {
    Map<String, byte[]> xattrs = new TreeMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      String namespace =
          List.of("trusted.", "security.", "user.").get(random.nextInt(user ? 3 : 2));
      boolean shared = random.nextBoolean();
      String name = shared ? "common" + random.nextInt(3) : "own" + random.nextInt();
      byte[] value = new byte[shared ? 20 : random.nextInt(random.nextInt(8) == 0 ? 3000 : 40)];
      if (!shared) {
        random.nextBytes(value);
      }
      xattrs.put(namespace + name, value);
    }
    return attributes(xattrs);
  }

  public static List<Attribute> attributes(Map<String, byte[]> xattrs) {
    List<Attribute> made = new ArrayList<>();
    new TreeMap<>(xattrs)
        .forEach((name, value) -> made.add(new Attribute(bytes("SCHILY.xattr." + name), value)));
    return made;
  }

  public static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }
}
