package dev.sluice.pull;

import dev.sluice.fetch.BlobSource;
import dev.sluice.image.SampleImage;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Layers in memory, served in small pieces by threads of their own. */
final class Blobs {
  private static final int PIECE_BYTES = 10_000;

  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final List<PullLayer> layers = new ArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private @Nullable Digest held;
  private int heldFrom;

  /** Adds a layer on top; its tar compressed by gzip. */
  PullLayer gzip(byte[] tar) {
    return layer(SampleImage.gzip(tar), tar);
  }

  PullLayer layer(byte[] compressed, byte[] tar) {
    return layer(compressed, Digest.sha256(tar));
  }

  PullLayer layer(byte[] compressed, Digest diffId) {
    Digest digest = Digest.sha256(compressed);
    blobs.put(digest, compressed);
    PullLayer layer =
        new PullLayer(Descriptor.of(MediaTypes.OCI_LAYER_GZIP, digest, compressed.length), diffId);
    layers.add(layer);
    return layer;
  }

  /** What comes for a blob from now on. */
  void spoil(PullLayer layer, byte[] bytes) {
    blobs.put(layer.blob().digest(), bytes);
  }

  /** Ranges that were asked for, as "digest from-to". */
  List<String> requests() {
    return requests;
  }

  /** The bytes of that layer from there on wait for {@link #release}. */
  void hold(PullLayer layer, int from) {
    held = layer.blob().digest();
    heldFrom = from;
  }

  void release() {
    released.countDown();
  }

  /** The most requests that were open at once. */
  int mostRequests() {
    return mostOpen.get();
  }

  PullImage image() {
    return new PullImage(Digest.sha256(new byte[] {(byte) layers.size()}), this::source, layers);
  }

  private BlobSource source(Descriptor blob) {
    byte[] bytes = Objects.requireNonNull(blobs.get(blob.digest()));
    return new BlobSource() {
      @Override
      public Future<Void> range(long from, long to, Consumer<Buffer> sink) {
        requests.add(blob.digest().brief() + " " + from + "-" + to);
        Promise<Void> done = Promise.promise();
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int at = (int) from; at < to; at += PIECE_BYTES) {
                  int end = (int) Math.min(to, at + PIECE_BYTES);
                  if (blob.digest().equals(held) && end > heldFrom) {
                    released.await();
                  }
                  sink.accept(Buffer.buffer(Arrays.copyOfRange(bytes, at, end)));
                }
                open.decrementAndGet();
                done.complete();
              } catch (RuntimeException | InterruptedException e) {
                open.decrementAndGet();
                done.fail(e);
              }
            });
        return done.future();
      }

      @Override
      public String toString() {
        return "blob " + blob.digest().brief();
      }
    };
  }
}
