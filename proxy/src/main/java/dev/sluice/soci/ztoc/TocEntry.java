package dev.sluice.soci.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a layer's tar. Names are raw bytes, as nothing makes them UTF-8; the arrays that the
 * accessors return are not copied: don't change them.
 */
public final class TocEntry {
  /** What an entry is. */
  public enum Type {
    REG("reg"),
    HARDLINK("hardlink"),
    SYMLINK("symlink"),
    DIR("dir"),
    CHAR("char"),
    BLOCK("block"),
    FIFO("fifo");

    private static final Type[] ALL = values();

    private final String word;

    Type(String word) {
      this.word = word;
    }

    /** The word that stands for the type in a ztoc. */
    public String word() {
      return word;
    }

    private boolean isCalled(byte[] ascii) {
      if (ascii.length != word.length()) {
        return false;
      }
      for (int i = 0; i < ascii.length; i++) {
        if (ascii[i] != word.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    static @Nullable Type of(byte[] word) {
      for (Type type : ALL) {
        if (type.isCalled(word)) {
          return type;
        }
      }
      return null;
    }
  }

  private static final byte[] XATTR_PREFIX = "SCHILY.xattr.".getBytes(StandardCharsets.US_ASCII);

  private final Type type;
  private final byte[] name;
  private final byte[] linkName;
  private final byte[] userName;
  private final byte[] groupName;
  private final long offset;
  private final long size;
  private final long mode;
  private final int uid;
  private final int gid;
  private final long mtimeSeconds;
  private final int mtimeNanos;
  private final long devMajor;
  private final long devMinor;
  private final List<Attribute> pax;

  private TocEntry(Builder from) {
    type = from.type;
    name = from.name;
    linkName = from.linkName;
    userName = from.userName;
    groupName = from.groupName;
    offset = from.offset;
    size = from.size;
    mode = from.mode;
    uid = from.uid;
    gid = from.gid;
    mtimeSeconds = from.mtimeSeconds;
    mtimeNanos = from.mtimeNanos;
    devMajor = from.devMajor;
    devMinor = from.devMinor;
    pax = List.copyOf(from.pax);
  }

  public Type type() {
    return type;
  }

  /** Name as in the tar: unresolved, directories with their trailing slash, no NUL. */
  public byte[] name() {
    return name;
  }

  /** Target of a link, as in the tar; empty if there is none. */
  public byte[] linkName() {
    return linkName;
  }

  public byte[] userName() {
    return userName;
  }

  public byte[] groupName() {
    return groupName;
  }

  /** Where the content starts in the decompressed tar, behind the header. */
  public long offset() {
    return offset;
  }

  /**
   * The size that the tar header states. Only regular files have content: {@link #contentSize} is 0
   * for all others.
   */
  public long size() {
    return size;
  }

  /** Bytes of content at {@link #offset}. */
  public long contentSize() {
    return type == Type.REG ? size : 0;
  }

  /** The mode field as it stands; some tools put the file type into it too. */
  public long mode() {
    return mode;
  }

  /** Permission, set-id and sticky bits: {@code mode & 07777}. */
  public int permissions() {
    return (int) mode & 07777;
  }

  /** Owner, 0 to 2³²-1. */
  public long uid() {
    return Integer.toUnsignedLong(uid);
  }

  /** Group, 0 to 2³²-1. */
  public long gid() {
    return Integer.toUnsignedLong(gid);
  }

  /** Seconds since 1970, rounded down. */
  public long mtimeSeconds() {
    return mtimeSeconds;
  }

  /** 0 to 999 999 999. */
  public int mtimeNanos() {
    return mtimeNanos;
  }

  public long devMajor() {
    return devMajor;
  }

  public long devMinor() {
    return devMinor;
  }

  /** All PAX records, sorted by key, each key once. */
  public List<Attribute> pax() {
    return pax;
  }

  /** The extended attributes among the PAX records, without the prefix that marks them. */
  public List<Attribute> xattrs() {
    if (pax.isEmpty()) {
      return List.of();
    }
    List<Attribute> found = new ArrayList<>();
    int skip = XATTR_PREFIX.length;
    for (Attribute record : pax) {
      byte[] key = record.key();
      if (key.length > skip && Arrays.equals(key, 0, skip, XATTR_PREFIX, 0, skip)) {
        found.add(new Attribute(Arrays.copyOfRange(key, skip, key.length), record.value()));
      }
    }
    return List.copyOf(found);
  }

  /** The name for messages. */
  public String nameText() {
    return new String(name, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TocEntry e
        && type == e.type
        && offset == e.offset
        && size == e.size
        && mode == e.mode
        && uid == e.uid
        && gid == e.gid
        && mtimeSeconds == e.mtimeSeconds
        && mtimeNanos == e.mtimeNanos
        && devMajor == e.devMajor
        && devMinor == e.devMinor
        && Arrays.equals(name, e.name)
        && Arrays.equals(linkName, e.linkName)
        && Arrays.equals(userName, e.userName)
        && Arrays.equals(groupName, e.groupName)
        && pax.equals(e.pax);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(name), offset, size, mtimeSeconds);
  }

  @Override
  public String toString() {
    return type.word + " " + nameText() + " [" + offset + ", +" + size + ")";
  }

  /** Collects the fields of an entry; all but the type and the name may be left out. */
  public static final class Builder {
    private static final byte[] NOTHING = {};

    private final Type type;
    private final byte[] name;
    private byte[] linkName = NOTHING;
    private byte[] userName = NOTHING;
    private byte[] groupName = NOTHING;
    private long offset;
    private long size;
    private long mode;
    private int uid;
    private int gid;
    private long mtimeSeconds;
    private int mtimeNanos;
    private long devMajor;
    private long devMinor;
    private List<Attribute> pax = List.of();

    public Builder(Type type, byte[] name) {
      this.type = type;
      this.name = name;
    }

    public Builder linkName(byte[] target) {
      this.linkName = target;
      return this;
    }

    public Builder owner(long user, long group) {
      this.uid = (int) user;
      this.gid = (int) group;
      return this;
    }

    public Builder ownerNames(byte[] user, byte[] group) {
      this.userName = user;
      this.groupName = group;
      return this;
    }

    public Builder content(long at, long bytes) {
      this.offset = at;
      this.size = bytes;
      return this;
    }

    public Builder mode(long bits) {
      this.mode = bits;
      return this;
    }

    public Builder mtime(long seconds, int nanos) {
      this.mtimeSeconds = seconds;
      this.mtimeNanos = nanos;
      return this;
    }

    public Builder device(long major, long minor) {
      this.devMajor = major;
      this.devMinor = minor;
      return this;
    }

    /**
     * @param records sorted by key (unsigned bytes), each key once
     */
    public Builder pax(List<Attribute> records) {
      this.pax = records;
      return this;
    }

    public TocEntry build() {
      return new TocEntry(this);
    }
  }
}
