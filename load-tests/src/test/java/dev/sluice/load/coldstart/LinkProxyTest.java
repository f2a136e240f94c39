package dev.sluice.load.coldstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The link against a server that answers every request with as many bytes as its path says. */
final class LinkProxyTest {
  private static final long SECONDS = 30;

  private ServerSocket listening;
  private LinkProxy proxy;

  @BeforeEach
  void start() throws IOException {
    listening = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::serve);
    proxy = LinkProxy.start("127.0.0.1:" + listening.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    listening.close();
  }

  private void serve() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException _) {
        return; // closed
      }
    }
  }

  private static void answer(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        int bytes = Integer.parseInt(head.split("[ /]", -1)[2]);
        byte[] top =
            "HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n\r\n"
                .formatted(bytes)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = java.util.Arrays.copyOf(top, top.length + bytes);
        socket.getOutputStream().write(all);
      }
    } catch (IOException _) {
      // The client has gone.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private Socket connect() throws IOException {
    return new Socket(
        InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(proxy.host().substring(10)));
  }

  /** The seconds that an answer of so many bytes takes on a connection that is there. */
  private static double get(Socket socket, int bytes) throws IOException {
    long start = System.nanoTime();
    OutputStream out = socket.getOutputStream();
    out.write(
        "GET /%d HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\n"
            .formatted(bytes)
            .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    assertThat(head(in)).contains("206");
    assertThat(in.readNBytes(bytes)).hasSize(bytes);
    return (System.nanoTime() - start) / 1e9;
  }

  @Test
  void aRequestTakesARoundTrip_andAConnectionOneMore() throws IOException {
    try (LinkProxy.Session _ = proxy.session(new Link(Duration.ofMillis(100), 0));
        Socket socket = connect()) {
      assertThat(get(socket, 10)).isGreaterThan(0.199);
      assertThat(get(socket, 10)).isGreaterThan(0.099);
    }
  }

  @Test
  void connectionsShareTheRate() throws Exception {
    try (LinkProxy.Session _ = proxy.session(new Link(Duration.ZERO, 16_000_000))) {
      long start = System.nanoTime();
      List<CompletableFuture<Double>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try (Socket socket = connect()) {
                    return get(socket, 250_000);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                },
                work -> Thread.ofVirtual().start(work)));
      }
      for (CompletableFuture<Double> each : all) {
        assertThat(each.get(SECONDS, TimeUnit.SECONDS)).isPositive();
      }
      // 1 MB at 2 MB/s, but for the little that the clock may lag behind.
      assertThat((System.nanoTime() - start) / 1e9).isGreaterThan(0.48);
    }
  }

  @Test
  void requestsAreReadAlong() throws IOException {
    try (LinkProxy.Session session = proxy.session(Link.LOOPBACK);
        Socket first = connect();
        Socket second = connect()) {
      get(first, 100_000);
      get(first, 0);
      get(second, 5);
      Awaitility.await()
          .untilAsserted(() -> assertThat(session.traffic().down()).isGreaterThan(100_005));
      Traffic traffic = session.traffic();
      assertThat(traffic.connections()).isEqualTo(2);
      assertThat(traffic.exchanges())
          .extracting(Exchange::path)
          .containsExactly("/100000", "/0", "/5");
      assertThat(traffic.exchanges())
          .allSatisfy(each -> {
            assertThat(each.method()).isEqualTo("GET");
            assertThat(each.range()).isEqualTo("bytes=1-2");
            assertThat(each.status()).isEqualTo(206);
          });
      assertThat(traffic.exchanges().stream().mapToLong(Exchange::bytes).sum())
          .isEqualTo(traffic.down());
      get(second, 7);
      assertThat(session.traffic().since(traffic).exchanges())
          .extracting(Exchange::path)
          .containsExactly("/7");
    }
  }

  @Test
  void aNewSessionCountsAnew() throws IOException {
    try (Socket socket = connect()) {
      get(socket, 5);
    }
    try (LinkProxy.Session session = proxy.session(Link.LOOPBACK)) {
      assertThat(session.traffic().requests()).isZero();
      try (Socket socket = connect()) {
        get(socket, 5);
      }
      assertThat(session.traffic().requests()).isEqualTo(1);
    }
  }
}
