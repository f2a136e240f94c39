package dev.sluice.face;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the kernel can mount layers by EROFS, found out by doing it with a tiny one.
 *
 * @param obstacle why it can't, null if it can
 * @param disksTakeDirect whether files on disk can be read past the page cache as EROFS does it, in
 *     blocks of 512 bytes
 */
public record ErofsProbe(@Nullable String obstacle, boolean disksTakeDirect) {
  private static final Logger LOG = LoggerFactory.getLogger(ErofsProbe.class);
  private static final int BLOCK = 512;
  private static final byte[] TEXT = "sluice".getBytes(StandardCharsets.US_ASCII);

  /*
   * Without directio (the first versions of Linux 6.12) each read would go through the page cache of the FUSE file
   * too: bytes would be held twice, and its read-ahead would go beyond the ends of files, so that
   * nothing could be learned from the reads. FUSE alone is better then.
   */

  /**
   * @param directory where images of names will lie, on the same file system at least; it must
   *     exist
   */
  public static ErofsProbe in(Path directory) {
    Path place = directory.resolve("probe");
    try {
      remove(place);
      return probe(Files.createDirectory(place));
    } catch (IOException | RuntimeException e) {
      return new ErofsProbe(String.valueOf(e.getMessage()), false);
    } finally {
      remove(place);
    }
  }

  private static ErofsProbe probe(Path place) throws IOException {
    Path tar = place.resolve("tar");
    byte[] bytes = new byte[3 * BLOCK];
    System.arraycopy(TEXT, 0, bytes, BLOCK, TEXT.length);
    Files.write(tar, bytes);
    TocEntry file =
        new TocEntry.Builder(TocEntry.Type.REG, "probe".getBytes(StandardCharsets.US_ASCII))
            .mode(0400)
            .content(BLOCK, TEXT.length)
            .build();
    LayerTree tree = LayerTreeBuilder.build(List.of(file));
    Path image = place.resolve("image");
    try (FileChannel out =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ErofsImage.of(tree, bytes.length, "probe").writeTo(out);
    }
    if (reads(image, tar, true, place.resolve("direct"))) {
      return new ErofsProbe(null, true);
    }
    return reads(image, tar, false, place.resolve("cached"))
        ? new ErofsProbe(null, false)
        : new ErofsProbe("the kernel shows other bytes than those of the image", false);
  }

  /** Whether the mount shows the file; fails if it can't be mounted. */
  private static boolean reads(Path image, Path tar, boolean direct, Path at) throws IOException {
    ErofsMounts.mount(image, tar, ErofsMounts.Device.ON_DISK, direct, at);
    try {
      return Arrays.equals(Files.readAllBytes(at.resolve("probe")), TEXT);
    } catch (IOException e) {
      return false; // a disk of other sectors
    } finally {
      ErofsMounts.unmount(at);
    }
  }

  /** Also what a killed process has left. */
  private static void remove(Path place) {
    try {
      for (MountEntry left : Mounts.below(place)) {
        ErofsMounts.unmount(Path.of(left.directory()));
      }
      for (String name : List.of("tar", "image", "direct", "cached")) {
        Files.deleteIfExists(place.resolve(name));
      }
      Files.deleteIfExists(place);
    } catch (IOException e) {
      LOG.info("remove {}: {}", place, e.toString());
    }
  }
}
