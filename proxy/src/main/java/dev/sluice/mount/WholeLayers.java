package dev.sluice.mount;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.cache.StagedLayer;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.layer.LayerWatchers;
import dev.sluice.oci.Digest;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.TarParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Pulls layers whole: the blob is verified by its digest, decompressed, verified by its diff id,
 * and kept in the cache as one tar. A layer pulled before is read from there. Blocks.
 */
final class WholeLayers {
  private static final int BUFFER = 1 << 20;
  private static final int STRIPES = 64;

  private final ChunkCache cache;

  /** An image may hold a layer several times: it is pulled by one thread while others wait. */
  private final List<Lock> pulls =
      Stream.generate(ReentrantLock::new).limit(STRIPES).map(Lock.class::cast).toList();

  WholeLayers(ChunkCache cache) {
    this.cache = cache;
  }

  /**
   * @param note why the layer is not lazy
   */
  OpenLayer open(ImageStore store, LayerPlan plan, String note) {
    // Two layers with one diff id have the same tar, however they are compressed.
    LayerKey key = new LayerKey("whole-" + plan.diffId().hex());
    Lock pulling = pulls.get(Math.floorMod(plan.diffId().hashCode(), STRIPES));
    pulling.lock();
    try {
      Optional<LayerCache> kept = cache.openComplete(key);
      if (kept.isPresent()) {
        return reopen(kept.get(), plan, note + "; it was in the cache");
      }
      return pull(store, key, plan, note);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "pull layer " + plan.label() + " whole: " + e.getMessage(), e);
    } finally {
      pulling.unlock();
    }
  }

  private OpenLayer pull(ImageStore store, LayerKey key, LayerPlan plan, String note)
      throws IOException {
    MessageDigest diff = plan.diffId().digester();
    TarParser parser = newParser();
    try (InputStream blob = store.openBlob(plan.layer());
        StagedLayer staged = cache.adopt(key)) {
      InputStream tar = LayerCompression.decompress(plan.layer(), blob);
      byte[] buffer = new byte[BUFFER];
      for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
        diff.update(buffer, 0, n);
        parser.accept(buffer, 0, n);
        staged.write(ByteBuffer.wrap(buffer, 0, n));
      }
      parser.end();
      // The blob's own digest is checked at its end, which a decompressor need not reach.
      blob.transferTo(OutputStream.nullOutputStream());
      String found = java.util.HexFormat.of().formatHex(diff.digest());
      if (!found.equals(plan.diffId().hex())) {
        throw new SluiceException(
            FailureKind.CORRUPT,
            "pull layer %s: decompressed it has digest %s, the image's configuration says %s"
                .formatted(plan.layer().digest(), new Digest("sha256", found), plan.diffId()));
      }
      return opened(plan, parser, staged.commit(), note);
    }
  }

  private static OpenLayer reopen(LayerCache bytes, LayerPlan plan, String note)
      throws IOException {
    TarParser parser = newParser();
    byte[] buffer = new byte[BUFFER];
    MemorySegment into = MemorySegment.ofArray(buffer);
    boolean opened = false;
    try {
      for (long at = 0; at < bytes.map().size(); ) {
        int n = (int) Math.min(BUFFER, bytes.map().size() - at);
        try (Lease lease = bytes.read(at, n, Lane.DEMAND).join()) {
          lease.copyTo(into);
        }
        parser.accept(buffer, 0, n);
        at += n;
      }
      parser.end();
      opened = true;
      return opened(plan, parser, bytes, note);
    } finally {
      if (!opened) {
        bytes.close();
      }
    }
  }

  private static TarParser newParser() {
    return new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.IGNORE);
  }

  private static OpenLayer opened(LayerPlan plan, TarParser parser, LayerCache bytes, String note) {
    return new OpenLayer(
        plan,
        LayerTreeBuilder.build(parser.entries()),
        bytes,
        null,
        new LayerWatchers(),
        note,
        List.of());
  }
}
