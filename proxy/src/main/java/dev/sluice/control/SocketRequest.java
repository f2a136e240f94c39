package dev.sluice.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One HTTP request over a UNIX socket. HTTP/1.0, whose answer ends with the connection: that needs
 * no HTTP client, whose start would take longer than all else that {@code sluice ps} does.
 */
final class SocketRequest {
  private static final Pattern HEAD = Pattern.compile("HTTP/1\\.[01] (\\d{3})[^\r\n]*\r\n");
  private static final int BUFFER_BYTES = 64 << 10;

  record Answer(int status, byte[] body) {}

  private final Path socket;
  private final Duration deadline;

  SocketRequest(Path socket, Duration deadline) {
    this.socket = socket;
    this.deadline = deadline;
  }

  Answer get(String path) {
    return send("GET", path);
  }

  /** Tells the service to do something; all that it needs to know is in the query. */
  Answer post(String path) {
    return send("POST", path);
  }

  private Answer send(String method, String path) {
    long end = System.nanoTime() + deadline.toNanos();
    findSocket();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      ByteBuffer request =
          ByteBuffer.wrap(
              "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
                  .formatted(method, path)
                  .getBytes(ISO_8859_1));
      while (request.hasRemaining()) {
        if (channel.write(request) == 0) {
          key.interestOps(SelectionKey.OP_WRITE);
          await(selector, path, end);
        }
      }
      key.interestOps(SelectionKey.OP_READ);
      return answer(path, readAll(channel, selector, path, end));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private byte[] readAll(SocketChannel channel, Selector selector, String path, long end)
      throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    while (true) {
      int count = channel.read(buffer);
      if (count < 0) {
        return all.toByteArray();
      }
      if (count == 0) {
        await(selector, path, end);
        continue;
      }
      all.write(buffer.array(), 0, count);
      buffer.clear();
      if (all.size() > StatusReader.MOST_BYTES) {
        throw new SluiceException(
            FailureKind.EXHAUSTED,
            "ask the service for " + path + ": its answer has no end",
            "is something else listening at " + socket + "?",
            null);
      }
    }
  }

  private void await(Selector selector, String path, long end) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    if (Thread.currentThread().isInterrupted()) {
      throw new SluiceException(
          FailureKind.CANCELLED, "ask the service for " + path + ": interrupted");
    }
    if (left <= 0) {
      throw new SluiceException(
          FailureKind.TIMEOUT,
          "ask the service for %s: no answer within %d s".formatted(path, deadline.toSeconds()),
          "its log may say why: journalctl -u sluice",
          null);
    }
    selector.select(left);
    selector.selectedKeys().clear();
  }

  private Answer answer(String path, byte[] bytes) {
    String text = new String(bytes, ISO_8859_1);
    Matcher head = HEAD.matcher(text);
    int end = text.indexOf("\r\n\r\n");
    if (!head.lookingAt() || end < 0) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "ask the service for %s: what listens at %s doesn't speak HTTP/1".formatted(path, socket),
          "name Sluice's socket with --address",
          null);
    }
    return new Answer(
        Integer.parseInt(head.group(1)),
        java.util.Arrays.copyOfRange(bytes, end + 4, bytes.length));
  }

  /** The errors of connect(2) have one Java type, so what can be told apart is asked before. */
  private void findSocket() {
    try {
      if (!Files.readAttributes(socket, BasicFileAttributes.class).isOther()) {
        throw new SluiceException(
            FailureKind.INVALID,
            "connect to the service: " + socket + " is no socket",
            "name Sluice's socket with --address",
            null);
      }
    } catch (NoSuchFileException e) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "connect to the service: it is not running, there is no socket " + socket,
          "start it with `systemctl start sluice`, or `sluice serve`; --address names another"
              + " socket",
          e);
    } catch (AccessDeniedException e) {
      throw forbidden(e);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "connect to the service: " + e, e);
    }
  }

  private SluiceException unreachable(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Permission denied")) {
      return forbidden(e);
    }
    if (message.contains("refused") || message.contains("No such file")) {
      return new SluiceException(
          FailureKind.UNAVAILABLE,
          "connect to the service: nobody listens at " + socket + " any more, it was killed",
          "start it with `systemctl start sluice`; journalctl -u sluice says why it ended",
          e);
    }
    return new SluiceException(
        FailureKind.UNAVAILABLE, "talk to the service at " + socket + ": " + message, e);
  }

  private SluiceException forbidden(IOException e) {
    return new SluiceException(
        FailureKind.FORBIDDEN,
        "connect to the service: " + socket + " is for root alone",
        "run it with sudo",
        e);
  }
}
