package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.TarNumber.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar that is pushed into it, and keeps what a table of contents needs: ustar, GNU, PAX,
 * star and old V7 archives, with the results of Go's archive/tar, which AWS's builder uses.
 *
 * <p>Failures are {@link FailureKind#CORRUPT} for what is no tar and {@link
 * FailureKind#UNSUPPORTED} for what a layer can't hold: sparse files, unknown types, names beyond
 * the limits.
 */
public final class TarParser {
  /** What a PAX header for the whole archive is met with. */
  public enum GlobalHeaders {
    /** As AWS's builder does: a reader that compares headers would stumble over it. */
    REFUSE,
    /** As container runtimes do when they unpack. */
    IGNORE
  }

  private enum State {
    HEADER,
    /** The content of an entry that describes the next one. */
    SPECIAL,
    CONTENT,
    PADDING,
    ENDED
  }

  /** Longest PAX header or long name, as in Go and libarchive. */
  private static final int SPECIAL_BYTES = 1 << 20;

  private static final byte[] NOTHING = {};
  private static final byte[] EMPTY_BLOCK = new byte[TarHeader.BLOCK];

  private final Limits limits;
  private final GlobalHeaders globalHeaders;
  private final List<TocEntry> entries = new ArrayList<>();
  private final @Nullable TarListener listener;
  private int count;
  private byte[] lastName = NOTHING;
  private final Names names = new Names();

  private State state = State.HEADER;
  private final byte[] block = new byte[TarHeader.BLOCK];
  private byte[] special = NOTHING;
  private byte specialFlag;
  private int filled;
  private boolean zeroBlockBefore;
  private long skip;
  private long padding;
  private long position;

  private PaxRecords pax = PaxRecords.NONE;
  private byte[] longName = NOTHING;
  private byte[] longLink = NOTHING;

  public TarParser(Limits limits, GlobalHeaders globalHeaders) {
    this(limits, globalHeaders, null);
  }

  /**
   * @param listener takes the entries and their content, which are not kept then
   */
  public TarParser(Limits limits, GlobalHeaders globalHeaders, @Nullable TarListener listener) {
    this.limits = limits;
    this.globalHeaders = globalHeaders;
    this.listener = listener;
  }

  /** What has been found, in tar order; nothing if a listener took it. */
  public List<TocEntry> entries() {
    return List.copyOf(entries);
  }

  /** Length of the tar: up to its end mark, or all if it has none. */
  public long size() {
    return position;
  }

  /** Takes the next bytes; what comes behind the end mark is ignored. */
  public void accept(byte[] buffer, int from, int to) {
    int at = from;
    while (at < to && state != State.ENDED) {
      int n =
          switch (state) {
            case HEADER -> collect(block, buffer, at, to);
            case SPECIAL -> collect(special, buffer, at, to);
            case CONTENT -> content(buffer, at, to);
            default -> pass(to - at);
          };
      at += n;
      position += n;
      advance();
    }
  }

  /**
   * Says that the stream has ended.
   *
   * @throws SluiceException {@link FailureKind#CORRUPT} if it ended inside an entry
   */
  public void end() {
    // Old archives lack the end mark or the last padding.
    boolean complete =
        state == State.ENDED || state == State.PADDING || (state == State.HEADER && filled == 0);
    if (!complete) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read tar: it ends after %d bytes inside %s".formatted(position, place()));
    }
  }

  private int collect(byte[] into, byte[] buffer, int at, int to) {
    int n = Math.min(into.length - filled, to - at);
    System.arraycopy(buffer, at, into, filled, n);
    filled += n;
    return n;
  }

  private int content(byte[] buffer, int at, int to) {
    int n = pass(to - at);
    if (listener != null && n > 0) {
      listener.content(buffer, at, at + n);
    }
    return n;
  }

  private int pass(int available) {
    int n = (int) Math.min(skip, available);
    skip -= n;
    return n;
  }

  /** Goes on to the next state as long as one is complete. */
  private void advance() {
    try {
      if (state == State.HEADER && filled == block.length) {
        filled = 0;
        header();
      }
      if (state == State.SPECIAL && filled == special.length) {
        filled = 0;
        special();
      }
    } catch (Malformed e) {
      throw new SluiceException(
          FailureKind.CORRUPT, "read tar: " + place() + " is malformed: " + e.getMessage(), e);
    }
    if (state == State.CONTENT && skip == 0) {
      if (listener != null) {
        listener.complete();
      }
      state = State.PADDING;
      skip = padding;
    }
    if (state == State.PADDING && skip == 0) {
      state = State.HEADER;
    }
  }

  private void header() throws Malformed {
    if (Arrays.mismatch(block, EMPTY_BLOCK) < 0) {
      if (zeroBlockBefore) {
        state = State.ENDED;
      }
      zeroBlockBefore = true;
      return;
    }
    if (zeroBlockBefore) {
      throw new Malformed("a block of zeros stands before it");
    }
    TarHeader header = TarHeader.parse(block);
    if (header.size() < 0 && !isHeaderOnly(header.flag())) {
      throw new Malformed("its size is negative");
    }
    switch (header.flag()) {
      case 'x', 'g', 'L', 'K' -> startSpecial(header);
      default -> entry(header);
    }
  }

  private void startSpecial(TarHeader header) throws Malformed {
    if (header.size() > SPECIAL_BYTES) {
      throw new Malformed("an extended header has " + header.size() + " bytes");
    }
    special = new byte[(int) header.size()];
    specialFlag = header.flag();
    padding = -header.size() & (TarHeader.BLOCK - 1);
    state = State.SPECIAL;
  }

  private void special() throws Malformed {
    switch (specialFlag) {
      case 'x' -> pax = PaxRecords.parse(special);
      case 'L' -> longName = TarHeader.text(special, 0, special.length);
      case 'K' -> longLink = TarHeader.text(special, 0, special.length);
      default -> {
        if (globalHeaders == GlobalHeaders.REFUSE) {
          throw unsupported("a PAX header for the whole archive");
        }
      }
    }
    special = NOTHING;
    skip = padding;
    state = State.PADDING;
  }

  private void entry(TarHeader header) throws Malformed {
    byte[] name = pax.get("path", header.name());
    byte[] linkName = pax.get("linkpath", header.linkName());
    if (longName.length > 0) {
      name = longName;
    }
    if (longLink.length > 0) {
      linkName = longLink;
    }
    GoTime mtime = pax.time("mtime", new GoTime(header.mtime(), 0));
    pax.time("atime", mtime);
    pax.time("ctime", mtime);
    long size = pax.number("size", header.size());
    TocEntry.Type type = type(header.flag(), name);
    long content = isHeaderOnly(header.flag()) || type == TocEntry.Type.DIR ? 0 : size;
    if (content < 0) {
      throw new Malformed("its size is negative");
    }
    if (pax.isSparse()) {
      throw unsupported("the sparse file '" + shown(name) + "'");
    }
    checkLimits(name, linkName);
    found(
        new TocEntry.Builder(type, name)
            .linkName(linkName)
            .ownerNames(
                names.shared(pax.get("uname", header.userName())),
                names.shared(pax.get("gname", header.groupName())))
            .content(position, size)
            .mode(header.mode())
            .owner(pax.number("uid", header.uid()), pax.number("gid", header.gid()))
            .mtime(mtime.seconds(), mtime.nanos())
            .device(header.devMajor(), header.devMinor())
            .pax(pax.sorted())
            .build());
    pax = PaxRecords.NONE;
    longName = NOTHING;
    longLink = NOTHING;
    skip = content;
    padding = -content & (TarHeader.BLOCK - 1);
    state = State.CONTENT;
  }

  private void found(TocEntry entry) {
    count++;
    lastName = entry.name();
    if (listener == null) {
      entries.add(entry);
    } else {
      listener.entry(entry);
    }
  }

  private static boolean isHeaderOnly(byte flag) {
    return flag >= '1' && flag <= '6';
  }

  private static TocEntry.Type type(byte flag, byte[] name) {
    return switch (flag) {
      case '0' -> TocEntry.Type.REG;
      // Before there were types, a slash made a directory.
      case 0 ->
          name.length > 0 && name[name.length - 1] == '/' ? TocEntry.Type.DIR : TocEntry.Type.REG;
      case '1' -> TocEntry.Type.HARDLINK;
      case '2' -> TocEntry.Type.SYMLINK;
      case '3' -> TocEntry.Type.CHAR;
      case '4' -> TocEntry.Type.BLOCK;
      case '5' -> TocEntry.Type.DIR;
      case '6' -> TocEntry.Type.FIFO;
      case 'S' -> throw unsupported("the sparse file '" + shown(name) + "'");
      default -> throw unsupported("'%s' of type 0x%02x".formatted(shown(name), flag & 0xff));
    };
  }

  private void checkLimits(byte[] name, byte[] linkName) {
    if (count >= limits.entries()) {
      throw unsupported("more than " + limits.entries() + " entries");
    }
    int longest = Math.max(name.length, linkName.length);
    if (longest > limits.nameBytes()) {
      throw unsupported(
          "'%s' with a name or link target of %d bytes".formatted(shown(name), longest));
    }
  }

  private static SluiceException unsupported(String what) {
    return new SluiceException(FailureKind.UNSUPPORTED, "read tar: " + what + " is not supported");
  }

  /** The entry in work, for messages. */
  private String place() {
    return "the entry after " + (count == 0 ? "the start" : "'" + shown(lastName) + "'");
  }

  private static String shown(byte[] name) {
    return new String(name, 0, Math.min(name.length, 200), StandardCharsets.UTF_8);
  }

  /** Makes equal names one array, as most entries have the same owner. */
  private static final class Names {
    private byte[] last = NOTHING;

    byte[] shared(byte[] name) {
      if (!Arrays.equals(name, last)) {
        last = name;
      }
      return last;
    }
  }
}
