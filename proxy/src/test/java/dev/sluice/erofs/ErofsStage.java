package dev.sluice.erofs;

import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A directory with a tar, an image and a mount point. Not on a tmpfs: EROFS can't read from it. */
final class ErofsStage implements AutoCloseable {
  static final int TAR_LENGTH = 1 << 20;

  final Path tar;
  final Path image;
  final Path mountPoint;
  final FileChannel content;
  private final Path directory;
  private final Walker walker = new Walker();

  ErofsStage() throws IOException {
    directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "erofs");
    tar = directory.resolve("layer.tar");
    image = directory.resolve("layer.erofs");
    mountPoint = Files.createDirectory(directory.resolve("mount"));
    content =
        FileChannel.open(
            tar, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    byte[] bytes = new byte[TAR_LENGTH];
    new Random(1).nextBytes(bytes);
    content.write(ByteBuffer.wrap(bytes));
  }

  /** Writes the image of a layer and returns its tree. */
  LayerTree write(List<TocEntry> entries) throws IOException {
    LayerTree tree = LayerTreeBuilder.build(entries);
    ErofsImage made = ErofsImage.of(tree, content.size(), "sha256:" + "0".repeat(64));
    try (FileChannel out =
        FileChannel.open(
            image,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      made.writeTo(out);
      if (out.size() != made.length()) {
        throw new IllegalStateException(out.size() + " bytes instead of " + made.length());
      }
    }
    return tree;
  }

  void mount() throws LinuxException {
    Mounts.mount(image.toString(), mountPoint, "erofs", Mounts.MS_RDONLY, "device=" + tar);
  }

  /** What a program sees when the kernel has mounted the image. */
  List<String> mountAndWalk() throws IOException, LinuxException {
    mount();
    try {
      return walker.walk(mountPoint);
    } finally {
      Mounts.unmount(mountPoint, Set.of());
    }
  }

  @Override
  public void close() throws IOException, LinuxException {
    if (Mounts.top(mountPoint).isPresent()) {
      Mounts.unmount(mountPoint, Set.of(Mounts.Unmount.LAZY));
    }
    walker.close();
    content.close();
    Files.delete(mountPoint);
    Files.deleteIfExists(image);
    Files.delete(tar);
    Files.delete(directory);
  }
}
