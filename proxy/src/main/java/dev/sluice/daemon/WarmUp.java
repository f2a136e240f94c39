package dev.sluice.daemon;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.mount.StateDirectory;
import dev.sluice.oci.Digest;
import dev.sluice.soci.deflate.GzipScanner;
import dev.sluice.soci.deflate.ScanListener;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens, fetches and reads a layer of its own again and again beside the start, so that the JVM has
 * compiled by the first image what every layer goes through: requests, ztoc, tree, image of names,
 * spans. Ends after some seconds of computing, or when a real layer is asked for.
 */
final class WarmUp implements AutoCloseable {
  /*
   * The JVM digests at 75 MB/s until its compiler has taken that up, then twenty times as fast; all
   * else gains less, but compiling it takes seconds of the CPUs that the first container waits for.
   */
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int DIGESTED = 64 << 10;
  private static final int DIGESTS = 512;
  private static final int ROUNDS = 60;
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** How long an end waits for the round under way. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final ScanListener NOBODY =
      new ScanListener() {
        @Override
        public void compressed(byte[] buffer, int from, int to) {}

        @Override
        public void decompressed(byte[] buffer, int from, int to) {}

        @Override
        public void checkpoint(Checkpoint checkpoint) {}
      };

  private final Vertx vertx;
  private final Path directory;
  private final BooleanSupplier busy;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param directory for temporary files; removed before and afterwards
   * @param busy whether there are real layers to open
   */
  WarmUp(Vertx vertx, Path directory, BooleanSupplier busy) {
    this.vertx = vertx;
    this.directory = directory;
    this.busy = busy;
    this.thread = Thread.ofPlatform().daemon().name("sluice-warm-up").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Ends it; it leaves nothing, unless it hangs. */
  @Override
  public void close() {
    closed = true;
    try {
      var _ = thread.join(PATIENCE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    long end = System.nanoTime() + LONGEST.toNanos();
    digest();
    try {
      StateDirectory.removeTree(directory);
      Files.createDirectories(directory);
      WarmUpLayer layer = WarmUpLayer.make(directory);
      try (WarmUpFetches fetches = WarmUpFetches.open(vertx, directory, layer)) {
        for (int i = 0; i < ROUNDS && !enough(end); i++) {
          open(layer);
          fetches.round();
        }
      }
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        LOG.warn(
            "warm up: {}; the first layers are opened more slowly", SluiceException.describe(e));
      }
    }
    try {
      StateDirectory.removeTree(directory);
    } catch (SluiceException e) {
      LOG.warn("{}; the next start tries again", e.getMessage());
    }
  }

  private boolean enough(long end) {
    return closed || busy.getAsBoolean() || System.nanoTime() > end;
  }

  private static void digest() {
    MessageDigest digester = Digest.newSha256();
    byte[] piece = new byte[DIGESTED];
    for (int i = 0; i < DIGESTS; i++) {
      digester.update(piece);
    }
    var _ = digester.digest();
  }

  /** What the service does with layers, but with the network and the kernel left out. */
  static LayerTree open(WarmUpLayer layer) throws IOException {
    try (Ztoc ztoc = ZtocReader.open(layer.ztoc(), Limits.DEFAULT)) {
      LayerTree tree = LayerTreeBuilder.build(ztoc.entries());
      try (WritableByteChannel nowhere = Channels.newChannel(OutputStream.nullOutputStream())) {
        ErofsImage.of(tree, ztoc.uncompressedSize(), "warm-up").writeTo(nowhere);
      }
      inflate(ztoc.spans(), layer.compressed());
      // As a layer without an index is decompressed.
      new GzipScanner(Long.MAX_VALUE, NOBODY).scan(layer.stream());
      return tree;
    }
  }

  private static void inflate(SpanTable spans, ByteBuffer compressed) {
    for (int span = 0; span < spans.count(); span++) {
      int from = (int) spans.compressedStart(span);
      int to = (int) spans.compressedEnd(span);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment room =
            arena.allocate(
                SpanTable.ROOM_BEFORE
                    + spans.uncompressedEnd(span)
                    - spans.uncompressedStart(span));
        spans.verifyAndInflate(span, compressed.slice(from, to - from), room);
      }
    }
  }
}
