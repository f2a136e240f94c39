package dev.sluice.daemon;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.oci.Digest;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
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
 * Opens a layer of its own again and again beside the start, so that the JVM has compiled by the
 * first image what every layer goes through: reading its ztoc, its tree, the image of its names,
 * its spans. Ends after some seconds of computing, or when a real layer is asked for.
 */
final class WarmUp {
  /*
   * The JVM digests at 75 MB/s until its compiler has taken that up, then twenty times as fast; all
   * else gains less, but compiling it takes seconds of the CPUs that the first container waits for.
   */
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int DIGESTED = 64 << 10;
  private static final int DIGESTS = 512;
  private static final int ROUNDS = 60;
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private final Path directory;
  private final BooleanSupplier busy;

  /**
   * @param directory for a temporary file
   * @param busy whether there are real layers to open
   */
  WarmUp(Path directory, BooleanSupplier busy) {
    this.directory = directory;
    this.busy = busy;
  }

  void start() {
    Thread.ofPlatform().daemon().name("sluice-warm-up").start(this::run);
  }

  private void run() {
    long end = System.nanoTime() + LONGEST.toNanos();
    digest();
    try {
      WarmUpLayer layer = WarmUpLayer.make(directory);
      try {
        for (int i = 0; i < ROUNDS && !busy.getAsBoolean() && System.nanoTime() < end; i++) {
          open(layer);
        }
      } finally {
        Files.deleteIfExists(layer.ztoc());
      }
    } catch (IOException | SluiceException e) {
      LOG.warn("warm up: {}; the first layers are opened more slowly", SluiceException.describe(e));
    }
  }

  private static void digest() {
    MessageDigest digester = Digest.newSha256();
    byte[] piece = new byte[DIGESTED];
    for (int i = 0; i < DIGESTS; i++) {
      digester.update(piece);
    }
    var _ = digester.digest();
  }

  /** What the service does with each layer, but with the network and the kernel left out. */
  static LayerTree open(WarmUpLayer layer) throws IOException {
    try (Ztoc ztoc = ZtocReader.open(layer.ztoc(), Limits.DEFAULT)) {
      LayerTree tree = LayerTreeBuilder.build(ztoc.entries());
      try (WritableByteChannel nowhere = Channels.newChannel(OutputStream.nullOutputStream())) {
        ErofsImage.of(tree, ztoc.uncompressedSize(), "warm-up").writeTo(nowhere);
      }
      inflate(ztoc.spans(), layer.compressed());
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
