package dev.sluice.load;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Origin;
import dev.sluice.cache.StagedLayer;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.face.FaceChoice;
import dev.sluice.face.FaceDirectories;
import dev.sluice.face.LayerFaces;
import dev.sluice.face.ShownTree;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.MountedLayer;
import dev.sluice.layer.ReadLog;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.TarParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Shows one layer, all of it cached on disk, by each face and by the libfuse bridge, and lets
 * programs use it, with a cold page cache, beside the same files on the host's file system. Needs
 * root, python3, and a disk that EROFS can read from.
 *
 * <p>Usage: {@code FacesBenchmark [runs] [directory]}.
 */
public final class FacesBenchmark {
  /*
   * The layer is a tar of this JDK, of Python's library and of a file of noise. Runs go round all
   * servers before the next begins. Before each the kernel drops its caches; daemon calls are those
   * of one run.
   */
  private static final int NOISE_MIB = 512;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private enum Server {
    HOST,
    DISK,
    EROFS,
    FUSE,
    JNR
  }

  /** What programs do; {@code $1} is the tree. */
  private enum Work {
    FIND("find", "find \"$1\" | wc -l"),
    LIST("ls -lR", "ls -lR \"$1\" | wc -l"),
    ABSENT(
        "stat of 20 000 absent names",
        """
        python3 -c 'import os,sys
        for i in range(20000):
          os.path.exists(sys.argv[1] + "/python/absent%d" % i)' "$1\"\
        """),
    IMPORT(
        "python3, import of its library",
        """
        python3 -S -E -c 'import sys
        sys.path[:] = [sys.argv[1] + "/python", sys.argv[1] + "/python/lib-dynload"]
        import asyncio, unittest, email.mime.text, http.server, xml.dom.minidom, sqlite3
        import multiprocessing.pool, concurrent.futures, logging.config, tkinter.ttk' "$1" \
        || python3 -S -E -c 'import sys
        sys.path[:] = [sys.argv[1] + "/python", sys.argv[1] + "/python/lib-dynload"]
        import asyncio, unittest, email.mime.text, http.server, xml.dom.minidom' "$1\"\
        """),
    JAVA("java -version", "\"$1/jdk/bin/java\" -version"),
    SEQUENTIAL("sequential read of 512 MiB", "dd if=\"$1/noise/big\" of=/dev/null bs=1M"),
    RANDOM(
        "5000 random reads of 4 KiB",
        """
        python3 -c 'import os,random,sys
        f = os.open(sys.argv[1] + "/noise/big", os.O_RDONLY)
        os.posix_fadvise(f, 0, 0, os.POSIX_FADV_RANDOM)
        r = random.Random(1)
        for i in range(5000):
          os.pread(f, 4096, r.randrange(512 << 8) << 12)' "$1\"\
        """);

    private final String title;
    private final String script;

    Work(String title, String script) {
      this.title = title;
      this.script = script;
    }
  }

  private final int runs;
  private final Path base;
  private final Map<Server, Path> roots = new EnumMap<>(Server.class);
  private final Map<Server, FuseMount> mounts = new EnumMap<>(Server.class);
  private final List<AutoCloseable> open = new ArrayList<>();

  private FacesBenchmark(int runs, Path base) {
    this.runs = runs;
    this.base = base;
  }

  public static void main(String[] args) throws Exception {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Path parent = Path.of(args.length > 1 ? args[1] : "/var/tmp");
    Path base = Files.createTempDirectory(parent, "sluice-faces").toRealPath();
    FacesBenchmark benchmark = new FacesBenchmark(runs, base);
    try {
      benchmark.prepare();
      benchmark.run();
    } finally {
      for (AutoCloseable each : benchmark.open.reversed()) {
        each.close();
      }
      sh("rm -rf --one-file-system \"$1\"", base);
    }
  }

  private void prepare() throws IOException {
    Path host = Files.createDirectory(base.resolve("host"));
    sh(
        """
        cp -a "$2" "$1/jdk"
        cp -a "$(python3 -c 'import os; print(os.path.dirname(os.__file__))')" "$1/python"
        mkdir "$1/noise"
        head -c %dM /dev/urandom >"$1/noise/big"
        tar --format=pax -cf "$1.tar" -C "$1" .
        """
            .formatted(NOISE_MIB),
        host,
        Path.of(System.getProperty("java.home")));
    roots.put(Server.HOST, host);
    Path tar = base.resolve("host.tar");
    LayerTree tree = treeOf(tar);
    ChunkCache cache =
        ChunkCache.open(CacheOptions.in(base.resolve("cache")).withDiskReserveBytes(0));
    open.add(cache);
    for (Server server : List.of(Server.DISK, Server.EROFS, Server.FUSE, Server.JNR)) {
      show(server, tree, layer(cache, server, tar));
    }
  }

  /** Of DISK proven, so that it can be sealed; of the others not. */
  private LayerCache layer(ChunkCache cache, Server server, Path tar) throws IOException {
    LayerKey key = new LayerKey(server.name().toLowerCase(Locale.ROOT));
    if (server == Server.DISK) {
      try (StagedLayer staged = cache.adopt(key);
          InputStream in = Files.newInputStream(tar)) {
        byte[] buffer = new byte[1 << 20];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          staged.write(ByteBuffer.wrap(buffer, 0, n));
        }
        return staged.commit();
      }
    }
    FileChannel file = FileChannel.open(tar);
    open.add(file);
    ChunkMap map = ChunkMap.fixed(4 << 20, file.size());
    LayerCache layer = cache.open(key, map, new TarOrigin(file, map));
    var _ = layer.fill(0, map.count() - 1, Lane.HINT).join();
    return layer;
  }

  private void show(Server server, LayerTree tree, LayerCache bytes) throws IOException {
    Path home = Files.createDirectory(base.resolve(server.name()));
    Path served = Files.createDirectory(home.resolve("layers"));
    LayersFs fs = new LayersFs(Duration.ofMinutes(1), new ReadLog());
    int number = fs.add(new MountedLayer(server.name(), tree, bytes));
    FuseBridge bridge = server == Server.JNR ? new JnrFuseBridge() : new KernelFuseBridge();
    FuseMount mount = bridge.mount(fs, served, MountOptions.DEFAULT);
    open.add(mount);
    mounts.put(server, mount);
    roots.put(server, served.resolve(Integer.toString(number)));
    if (server == Server.DISK || server == Server.EROFS) {
      InflateWorkers workers = new InflateWorkers(1);
      open.add(workers);
      LayerFaces faces =
          LayerFaces.open(
              new FaceDirectories(
                  served, home.resolve("names"), home.resolve("whole"), home.resolve("erofs")),
              FaceChoice.EROFS,
              0,
              workers);
      open.add(faces);
      faces.show(number, new ShownTree(server.name(), tree, bytes), 1);
      faces.settle(1, number);
      if (!faces.status(number).face().name().equals(server.name())) {
        throw new IOException("show the layer by %s: %s".formatted(server, faces.status(number)));
      }
      roots.put(server, faces.directory(number));
    }
  }

  private static LayerTree treeOf(Path tar) throws IOException {
    TarParser parser = new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.IGNORE);
    byte[] buffer = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(tar)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        parser.accept(buffer, 0, n);
      }
    }
    parser.end();
    return LayerTreeBuilder.build(parser.entries());
  }

  private void run() throws IOException {
    System.out.printf(
        "%d runs, medians in ms, page cache cold; in brackets daemon calls%n%n", runs);
    System.out.println(
        "| what | host file system | disk face | EROFS face | FUSE face | jnr-fuse | EROFS : host |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (Work work : Work.values()) {
      measure(work);
    }
  }

  private void measure(Work work) throws IOException {
    Map<Server, List<Double>> millis = new EnumMap<>(Server.class);
    Map<Server, Long> calls = new EnumMap<>(Server.class);
    for (int run = 0; run <= runs; run++) {
      for (Server server : Server.values()) {
        sh("sync; echo 3 >/proc/sys/vm/drop_caches");
        long before = calls(server);
        long started = System.nanoTime();
        sh(work.script, path(server));
        double took = (System.nanoTime() - started) / 1e6;
        if (run > 0) { // the first one warms the JVM up
          millis.computeIfAbsent(server, _ -> new ArrayList<>()).add(took);
          calls.put(server, calls(server) - before);
        }
      }
    }
    StringBuilder row = new StringBuilder("| " + work.title);
    for (Server server : Server.values()) {
      row.append(" | ").append("%.0f".formatted(median(millis, server)));
      if (server != Server.HOST) {
        row.append(" (").append(calls.getOrDefault(server, 0L)).append(')');
      }
    }
    double ratio = median(millis, Server.HOST) / median(millis, Server.EROFS);
    System.out.println(row + " | %.2f |".formatted(ratio));
  }

  private Path path(Server server) {
    Path root = roots.get(server);
    if (root == null) {
      throw new IllegalStateException(server + " is not shown");
    }
    return root;
  }

  private long calls(Server server) {
    FuseMount mount = mounts.get(server);
    return mount == null
        ? 0
        : Stream.of(Operation.values()).mapToLong(mount.counters()::requests).sum();
  }

  private static double median(Map<Server, List<Double>> of, Server server) {
    List<Double> sorted = new ArrayList<>(of.getOrDefault(server, List.of()));
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static void sh(String script, Path... arguments) {
    List<String> command = new ArrayList<>(List.of("sh", "-ec", script, "sh"));
    for (Path argument : arguments) {
      command.add(argument.toString());
    }
    Program.run(LIMIT, command.toArray());
  }

  /** The tar itself. */
  private record TarOrigin(FileChannel file, ChunkMap map) implements Origin {
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
        int read;
        do {
          read = file.read(into, at + into.position());
        } while (read > 0);
      } catch (IOException e) {
        throw new UncheckedIOException("read the tar", e);
      }
    }
  }
}
