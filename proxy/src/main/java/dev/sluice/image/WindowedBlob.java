package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import dev.sluice.registry.RegistryClient;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a registry's blob as a blocking stream of bounded memory. Not safe for several threads.
 */
final class WindowedBlob extends InputStream {
  /*
   * The client streams a range as fast as it comes and can't be slowed down, so what bounds the
   * memory is what is asked for: windows, at most two of them under way or unread. The next one is
   * asked for when the reader enters the one before it, so that the connection is idle only if the
   * reader is the slower side.
   *
   * A server that ignores ranges would send everything before each window again. Once that shows,
   * the rest is asked for at once and put into a file first.
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

  private final long begin;
  private final long end;
  private long asked;
  private Buffer current = Buffer.buffer();
  private int position;
  private @Nullable InputStream rest;
  private volatile boolean closed;

  WindowedBlob(RegistryClient client, Repository repository, Descriptor blob, long from, long to) {
    this.client = client;
    this.repository = repository;
    this.blob = blob;
    this.begin = from;
    this.asked = from;
    this.end = to;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    while (position == current.length()) {
      ask();
      BlockingQueue<Object> window = windows.peek();
      if (window == null) {
        if (rest == null && asked < end) {
          rest = spooled();
        }
        return rest == null ? -1 : rest.read(target, offset, count);
      }
      Buffer bytes = take(window);
      if (bytes == null) {
        windows.remove();
      } else {
        current = bytes;
        position = 0;
      }
    }
    int n = Math.min(count, current.length() - position);
    current.getBytes(position, position + n, target, offset);
    position += n;
    return n;
  }

  private void ask() {
    while (windows.size() < WINDOWS
        && asked < end
        && (asked == begin || client.rangesSupported(repository))) {
      windows.add(ask(Math.min(asked + WINDOW_BYTES, end)));
    }
  }

  private BlockingQueue<Object> ask(long to) {
    long from = asked;
    asked = to;
    var window = new LinkedBlockingQueue<Object>();
    client
        .range(repository, blob, from, to, bytes -> keep(window, bytes))
        .onComplete(done -> window.add(done.succeeded() ? END : done.cause()));
    return window;
  }

  private InputStream spooled() throws IOException {
    Path file = Files.createTempFile("sluice-blob-", ".tmp");
    try (OutputStream out = Files.newOutputStream(file)) {
      BlockingQueue<Object> window = ask(end);
      Buffer bytes = take(window);
      while (bytes != null) {
        out.write(bytes.getBytes());
        bytes = take(window);
      }
    } catch (IOException | SluiceException e) {
      Files.delete(file);
      throw e;
    }
    return Files.newInputStream(file, StandardOpenOption.DELETE_ON_CLOSE);
  }

  private void keep(BlockingQueue<Object> window, Buffer bytes) {
    if (!closed) {
      window.add(bytes);
    }
  }

  /** The next bytes of a window, null at its end. */
  private @Nullable Buffer take(BlockingQueue<Object> window) {
    try {
      return switch (window.poll(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        case Buffer bytes -> bytes;
        case SluiceException failure -> throw failure;
        case Throwable failure ->
            throw new SluiceException(
                SluiceException.kindOf(failure), action() + ": " + failure, failure);
        case null ->
            throw new SluiceException(
                FailureKind.TIMEOUT,
                action() + ": nothing came for " + PATIENCE_MINUTES + " minutes");
        default -> null;
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, action() + ": interrupted", e);
    }
  }

  private String action() {
    return "read blob " + blob.digest() + " from " + repository;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    windows.clear();
    if (rest != null) {
      rest.close();
    }
  }
}
