package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file of lines, each checked, each on the disk when {@link #append} returns. */
final class Journal implements AutoCloseable {
  /*
   * A line is the CRC32C of a JSON text in 8 hex digits, a space, the text, a line feed. A line
   * whose line feed is missing was cut by a crash while it was written, so nobody was told that it
   * is there: it is dropped. The same goes for a last line with sectors of NUL bytes, which is what
   * remains of those that were not written when the power went. Any other line that is not what was
   * written is damage, and the file is not used.
   *
   * RandomAccessFile and not FileChannel: an interrupt closes the latter under all its users.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final int PREFIX = 9;
  private static final int SECTOR = 512;
  private static final long MAX_BYTES = 1L << 30;

  private final Path path;
  private RandomAccessFile file;
  private long length;
  private volatile boolean broken;

  private Journal(Path path, RandomAccessFile file, long length) {
    this.path = path;
    this.file = file;
    this.length = length;
  }

  /** Replaces what is at {@code path}, if anything, by these lines, at once or not at all. */
  static Journal create(Path path, List<byte[]> lines) throws IOException {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (byte[] line : lines) {
        ByteBuffer bytes = ByteBuffer.wrap(encode(line));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      channel.force(true);
    }
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent())) {
      directory.force(true);
    }
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    return new Journal(path, file, file.length());
  }

  /**
   * Opens what {@link #create} made.
   *
   * @param into gets the lines' texts, in their order
   * @throws SluiceException CORRUPT
   */
  static Journal open(Path path, List<byte[]> into) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw damaged(path, "it is larger than " + MAX_BYTES + " bytes");
    }
    byte[] all = Files.readAllBytes(path);
    int at = 0;
    while (at < all.length) {
      int end = at;
      while (end < all.length && all[end] != '\n') {
        end++;
      }
      if (end == all.length) {
        break;
      }
      if (!isWhole(all, at, end)) {
        if (end == all.length - 1 && lacksSector(all, at, end)) {
          break;
        }
        throw damaged(path, "line " + (into.size() + 1) + " is not what was written");
      }
      into.add(java.util.Arrays.copyOfRange(all, at + PREFIX, end));
      at = end + 1;
    }
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    if (at < all.length) {
      LOG.warn(
          "{}: dropped {} bytes at the end, written when the service was killed and never"
              + " acknowledged",
          path,
          all.length - at);
      file.setLength(at);
      file.getFD().sync();
    }
    return new Journal(path, file, at);
  }

  /**
   * Adds a line.
   *
   * @throws SluiceException LOCAL_IO if that fails; the journal is then as before, or takes no more
   */
  void append(byte[] text) {
    if (broken) {
      throw failure("an earlier write failed and what the disk holds is not known", null);
    }
    byte[] line = encode(text);
    try {
      file.seek(length);
      file.write(line);
    } catch (IOException e) {
      takeBack();
      throw failure("write: " + e.getMessage(), e);
    }
    try {
      file.getFD().sync();
    } catch (IOException e) {
      // After a failed sync the kernel may have dropped the pages: asking again would say yes.
      broken = true;
      throw failure("sync: " + e.getMessage(), e);
    }
    length += line.length;
  }

  boolean isUsable() {
    return !broken;
  }

  long length() {
    return length;
  }

  /** Replaces all lines, at once or not at all. */
  void rewrite(List<byte[]> lines) throws IOException {
    Journal fresh = create(path, lines);
    file.close();
    file = fresh.file;
    length = fresh.length;
  }

  @Override
  public void close() throws IOException {
    broken = true;
    file.close();
  }

  private void takeBack() {
    try {
      file.setLength(length);
    } catch (IOException e) {
      broken = true;
    }
  }

  private SluiceException failure(String cause, @org.jspecify.annotations.Nullable IOException e) {
    return new SluiceException(
        FailureKind.LOCAL_IO,
        "record a change of snapshots in " + path + ": " + cause,
        broken
            ? "check the disk and the kernel's log, then restart the service"
            : "check that the disk has space",
        e);
  }

  static SluiceException damaged(Path path, String what) {
    return new SluiceException(
        FailureKind.CORRUPT,
        "the list of snapshots " + path + " is damaged: " + what,
        "put a copy back if there is one; else stop containerd, remove the images and containers"
            + " that use this snapshotter and its directory "
            + path.toAbsolutePath().getParent()
            + ", and pull again",
        null);
  }

  private static boolean isWhole(byte[] all, int from, int end) {
    if (end - from < PREFIX || all[from + PREFIX - 1] != ' ') {
      return false;
    }
    String digits = new String(all, from, PREFIX - 1, StandardCharsets.ISO_8859_1);
    return digits.equals(checksum(all, from + PREFIX, end));
  }

  /** Whether all that the line has of some sector is NUL. Its line feed stands in a later one. */
  private static boolean lacksSector(byte[] all, int from, int end) {
    int start = from;
    int next = (from / SECTOR + 1) * SECTOR;
    while (next <= end) {
      int i = start;
      while (i < next && all[i] == 0) {
        i++;
      }
      if (i == next) {
        return true;
      }
      start = next;
      next += SECTOR;
    }
    return false;
  }

  private static byte[] encode(byte[] text) {
    byte[] line = new byte[PREFIX + text.length + 1];
    byte[] checksum = checksum(text, 0, text.length).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(checksum, 0, line, 0, checksum.length);
    line[PREFIX - 1] = ' ';
    System.arraycopy(text, 0, line, PREFIX, text.length);
    line[line.length - 1] = '\n';
    return line;
  }

  private static String checksum(byte[] bytes, int from, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, end - from);
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
