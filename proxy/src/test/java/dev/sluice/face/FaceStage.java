package dev.sluice.face;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.erofs.ErofsImage;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.MountedLayer;
import dev.sluice.layer.ReadLog;
import dev.sluice.mount.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Shows trees over one tar by one face. Its memory is smaller than the tar, so that some bytes are
 * cached and others are not. Not on a tmpfs: EROFS can't read from it.
 */
final class FaceStage implements AutoCloseable {
  static final int TAR_LENGTH = 1 << 20;

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int CHUNK = 48 << 10;
  private static final int LARGE_CHUNK = 4 << 20;

  /** The tar: what is written to it is there in trees that are shown afterwards. */
  final FileChannel content;

  private final LayerFace face;
  private final Path directory;
  private final Path tar;
  private final ChunkCache cache;
  private final LayersFs fs = new LayersFs(DEADLINE, new ReadLog());
  private final FuseMount mount;
  private final LayerFaces faces;
  private final boolean direct;
  private final Walker walker = new Walker();
  private @Nullable LayerCache bytes;

  /** Numbers are never given twice: the kernel remembers names. */
  private int last;

  private final List<Integer> shown = new ArrayList<>();

  private final InflateWorkers workers = new InflateWorkers(1);

  FaceStage(LayerFace face) throws IOException {
    this.face = face;
    directory =
        Files.createTempDirectory(
            Path.of(System.getProperty("sluice.stage", "target")).toAbsolutePath(), "faces");
    tar = directory.resolve("tar");
    content =
        FileChannel.open(
            tar, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    byte[] noise = new byte[TAR_LENGTH];
    new Random(1).nextBytes(noise);
    content.write(ByteBuffer.wrap(noise));
    cache =
        ChunkCache.open(
            CacheOptions.in(directory.resolve("cache"))
                .withMemoryBytes(TAR_LENGTH / 2)
                .withDiskBytes(0));
    direct = ErofsProbe.in(directory).disksTakeDirect();
    mount =
        new KernelFuseBridge()
            .mount(fs, Files.createDirectory(directory.resolve("fuse")), MountOptions.DEFAULT);
    FaceDirectories directories =
        new FaceDirectories(
            mount.directory(),
            directory.resolve("names"),
            directory.resolve("whole"),
            directory.resolve("images"));
    faces =
        LayerFaces.open(
            directories, face == LayerFace.EROFS ? FaceChoice.EROFS : FaceChoice.FUSE, 0, workers);
  }

  /** A new empty directory in which nothing is mounted. */
  Path directory(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  FuseCounters counters() {
    return mount.counters();
  }

  /** Shows a tree until {@link #hide}; the directory, which only children may look at. */
  Path show(LayerTree tree) throws IOException {
    int number = ++last;
    shown.add(number);
    if (face == LayerFace.DISK) {
      return showFromDisk(number, tree);
    }
    LayerCache layer = layer();
    fs.add(number, new MountedLayer("stage", tree, layer));
    faces.show(number, new ShownTree("stage", tree, layer), 1);
    faces.settle(1, number);
    if (faces.status(number).face() != face) {
      throw new IOException("show a tree by %s: %s".formatted(face, faces.status(number)));
    }
    return faces.directory(number);
  }

  private Path showFromDisk(int number, LayerTree tree) throws IOException {
    Path image = image(number);
    try (FileChannel out =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ErofsImage.of(tree, content.size(), "stage/" + number).writeTo(out);
    }
    Path at = fromDisk(number);
    ErofsMounts.mount(image, tar, ErofsMounts.Device.ON_DISK, direct, at);
    return at;
  }

  private Path image(int number) {
    return directory.resolve("image-" + number);
  }

  private Path fromDisk(int number) {
    return directory.resolve("disk-" + number);
  }

  /** Hides all trees that were shown. */
  void hide() throws IOException {
    for (int number : shown) {
      if (face == LayerFace.DISK) {
        ErofsMounts.unmount(fromDisk(number));
        Files.deleteIfExists(image(number));
      } else {
        faces.forget(number);
        fs.remove(number);
      }
    }
    shown.clear();
  }

  /** What a program sees of a tree. */
  List<String> walk(LayerTree tree) throws IOException {
    try {
      return look(show(tree));
    } finally {
      hide();
    }
  }

  /** What a program sees of a directory. */
  List<String> look(Path at) throws IOException {
    return walker.walk(at);
  }

  private LayerCache layer() throws IOException {
    LayerCache known = bytes;
    if (known == null || known.map().size() != content.size()) {
      if (known != null) {
        known.close();
      }
      boolean large = content.size() > 1L << 30;
      ChunkMap map = ChunkMap.fixed(large ? LARGE_CHUNK : CHUNK, content.size());
      known = cache.open(new LayerKey("tar-" + content.size()), map, new TarOrigin(content, map));
      bytes = known;
    }
    return known;
  }

  @Override
  public void close() throws IOException {
    hide();
    walker.close();
    faces.close();
    workers.close();
    mount.close();
    cache.close();
    content.close();
    StateDirectory.removeTree(directory);
  }

  /** The tar itself. */
  private record TarOrigin(FileChannel tar, ChunkMap map) implements Origin {
    @Override
    public void fetch(int first, int last, Lane lane, Sink sink) {
      for (int chunk = first; chunk <= last; chunk++) {
        long at = map.start(chunk);
        sink.arrived(chunk, VerifiedChunk.from(map.length(chunk), bytes -> read(bytes, at)));
      }
    }

    private void read(MemorySegment bytes, long at) {
      ByteBuffer into = bytes.asByteBuffer();
      try {
        while (into.hasRemaining()) {
          if (tar.read(into, at + into.position()) < 0) {
            throw new IOException("the tar ends at " + (at + into.position()));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("read the tar", e);
      }
    }
  }
}
