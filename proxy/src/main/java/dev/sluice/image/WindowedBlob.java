package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import dev.sluice.registry.RegistryClient;
import io.vertx.core.buffer.Buffer;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Bytes of a registry's blob as a blocking stream of bounded memory. Not safe for several threads.
 */
final class WindowedBlob extends InputStream {
  /*
   * The client streams a range as fast as it comes and can't be slowed down, so what bounds the
   * memory is what is asked for: windows, at most two of them under way or unread. The next one is
   * asked for when the reader enters the one before it, so that the connection is idle only if the
   * reader is the slower side.
   */
  static final int WINDOW_BYTES = 8 << 20;
  private static final int WINDOWS = 2;

  /** The client bounds every wait itself; this is for a client that breaks its word. */
  private static final long PATIENCE_MINUTES = 15;

  /** What follows the last bytes of a window. */
  private static final Object END = new Object();

  private final RegistryClient client;
  private final Repository repository;
  private final Descriptor blob;

  /** What arrived of each window: buffers, then {@link #END} or the failure. In order of offset. */
  private final Deque<BlockingQueue<Object>> windows = new ArrayDeque<>(WINDOWS);

  private final long end;
  private long asked;
  private Buffer current = Buffer.buffer();
  private int position;
  private volatile boolean closed;

  WindowedBlob(RegistryClient client, Repository repository, Descriptor blob, long from, long to) {
    this.client = client;
    this.repository = repository;
    this.blob = blob;
    this.asked = from;
    this.end = to;
  }

  @Override
  public int read() {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int count) {
    if (count == 0) {
      return 0;
    }
    while (position == current.length()) {
      ask();
      BlockingQueue<Object> window = windows.peek();
      if (window == null) {
        return -1;
      }
      Object item = take(window);
      if (item instanceof Buffer bytes) {
        current = bytes;
        position = 0;
      } else if (item instanceof Throwable cause) {
        closed = true;
        throw new SluiceException(
            SluiceException.kindOf(cause),
            "read blob %s from %s: %s".formatted(blob.digest(), repository, cause.getMessage()),
            cause);
      } else {
        windows.remove();
      }
    }
    int n = Math.min(count, current.length() - position);
    current.getBytes(position, position + n, target, offset);
    position += n;
    return n;
  }

  private void ask() {
    while (windows.size() < WINDOWS && asked < end) {
      long from = asked;
      asked = Math.min(from + WINDOW_BYTES, end);
      var window = new LinkedBlockingQueue<Object>();
      windows.add(window);
      client
          .range(repository, blob, from, asked, bytes -> keep(window, bytes))
          .onComplete(done -> window.add(done.succeeded() ? END : done.cause()));
    }
  }

  private void keep(BlockingQueue<Object> window, Buffer bytes) {
    if (!closed) {
      window.add(bytes);
    }
  }

  private Object take(BlockingQueue<Object> window) {
    try {
      Object item = window.poll(PATIENCE_MINUTES, TimeUnit.MINUTES);
      if (item == null) {
        throw new SluiceException(
            FailureKind.TIMEOUT,
            "read blob %s from %s: nothing came for %d minutes"
                .formatted(blob.digest(), repository, PATIENCE_MINUTES));
      }
      return item;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "read blob " + blob.digest() + ": interrupted", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    windows.clear();
  }
}
