package dev.sluice.fetch;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** A layer in an OCI layout or archive. */
public record StoreBlob(Vertx vertx, ImageStore store, Descriptor layer) implements BlobSource {
  private static final int PIECE = 256 << 10;

  @Override
  public Future<Void> range(long from, long to, Consumer<Buffer> sink) {
    return vertx.executeBlocking(() -> read(from, to, sink), false).mapEmpty();
  }

  private long read(long from, long to, Consumer<Buffer> sink) {
    try (InputStream in = store.openRange(layer, from, to)) {
      for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
        sink.accept(Buffer.buffer(piece));
      }
      return to;
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read bytes [%d, %d) of %s: %s".formatted(from, to, this, e), e);
    }
  }

  @Override
  public String toString() {
    return store + "@" + layer.digest();
  }
}
