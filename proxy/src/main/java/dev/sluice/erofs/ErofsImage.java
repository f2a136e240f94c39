package dev.sluice.erofs;

import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * The EROFS image of a layer's names, to be mounted by the kernel with {@code device=} the
 * decompressed tar. The same tree, length and key give the same bytes.
 */
public final class ErofsImage {
  /** Inode numbers are kept in ints. */
  private static final long MAX_LENGTH = (long) Integer.MAX_VALUE * Format.SLOT;

  private final ImageLayout layout;
  private final Superblock superblock;

  private ErofsImage(ImageLayout layout, Superblock superblock) {
    this.layout = layout;
    this.superblock = superblock;
  }

  /**
   * Lays the image out; writes nothing yet. Takes 8 bytes of memory for each node, and as much as
   * the different extended attributes take.
   *
   * <p>Attributes outside {@code user.}, {@code trusted.}, {@code security.} and POSIX ACLs are
   * left out: no Linux file system takes them.
   *
   * @param tarLength length in bytes of the decompressed tar, in which all contents lie
   * @param key names the layer; the image's UUID is made of it, so that overlayfs can tell layers
   *     apart
   * @throws SluiceException {@link dev.sluice.failure.FailureKind#CORRUPT} if the tree can't be a
   *     file tree, {@link dev.sluice.failure.FailureKind#UNSUPPORTED} if the format can't hold it:
   *     FUSE may
   */
  public static ErofsImage of(LayerTree tree, long tarLength, String key) {
    return of(tree, tarLength, key, MAX_LENGTH);
  }

  static ErofsImage of(LayerTree tree, long tarLength, String key, long maxLength) {
    return new ErofsImage(
        new ImageLayout(tree, tarLength, maxLength), new Superblock(tarLength, key));
  }

  /** Length of the image in bytes, a multiple of 512. */
  public long length() {
    return layout.length;
  }

  /** How many inodes the image has. */
  public int inodes() {
    return layout.inodes;
  }

  /** Writes the image from its start to its end; seeks nowhere. */
  public void writeTo(WritableByteChannel channel) throws IOException {
    ImageSink sink = new ImageSink(channel);
    superblock.write(layout, sink);
    new ImageWriter(layout, sink).write();
    sink.padTo(layout.length);
    sink.flush();
  }
}
