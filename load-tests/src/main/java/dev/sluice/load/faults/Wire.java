package dev.sluice.load.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A TCP proxy in front of a registry that breaks what goes through it. */
final class Wire implements AutoCloseable {
  private static final int PIECE = 4 << 10;

  private final ServerSocket server;
  private final InetSocketAddress registry;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Random random;
  private final AtomicLong injected = new AtomicLong();
  private volatile Break kind = Break.NOTHING;

  /** How connections break. */
  enum Break {
    NOTHING,
    /** Nobody is there: all connections are reset, new ones too. */
    GONE,
    /** Connections are reset after few bytes of an answer: in its head or at its end. */
    RESET_IN_HEAD,
    /** Connections are reset somewhere in the bytes that they bring. */
    RESET_ANYWHERE,
    /** Nothing more comes over a connection after some bytes. */
    STALL,
    /** Each piece comes a little later, or much. */
    JITTER,
    /** Some 200 kB a second for each connection. */
    THROTTLE,
    /** A bit of an answer is flipped somewhere, in the head or in the bytes. */
    FLIP
  }

  private Wire(ServerSocket server, InetSocketAddress registry, long seed) {
    this.server = server;
    this.registry = registry;
    this.random = new Random(seed);
  }

  static Wire start(int registryPort, long seed) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Wire wire =
        new Wire(
            new ServerSocket(0, 128, loopback),
            new InetSocketAddress(loopback, registryPort),
            seed);
    Thread.ofVirtual().name("wire").start(wire::accept);
    return wire;
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Times that it broke something. */
  long injected() {
    return injected.get();
  }

  void become(Break other) {
    kind = other;
    if (other == Break.GONE) {
      open.forEach(this::reset);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    if (kind == Break.GONE) {
      reset(client);
      return;
    }
    try (client;
        Socket upstream = new Socket()) {
      open.add(client);
      upstream.connect(registry);
      client.setTcpNoDelay(true);
      Thread up = Thread.ofVirtual().start(() -> copyUp(client, upstream));
      copyDown(client, upstream);
      // What the registry has closed is closed, and both ends of the other direction hear of it.
      close(client);
      close(upstream);
      up.join();
    } catch (IOException | InterruptedException e) {
      // A connection has ended; the other side hears of it as it is closed.
    } finally {
      open.remove(client);
    }
  }

  private static void copyUp(Socket client, Socket upstream) {
    try {
      client.getInputStream().transferTo(upstream.getOutputStream());
      upstream.shutdownOutput();
    } catch (IOException e) {
      close(upstream);
    }
  }

  private void copyDown(Socket client, Socket upstream) throws IOException, InterruptedException {
    InputStream in = upstream.getInputStream();
    OutputStream out = client.getOutputStream();
    byte[] piece = new byte[PIECE];
    Break fixed = Break.NOTHING;
    long left = Long.MAX_VALUE;
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      Break now = kind;
      if (now != fixed) {
        fixed = now;
        left = place(now);
      }
      int sent = (int) Math.min(n, left);
      if (n > left && now == Break.FLIP) {
        piece[sent] ^= (byte) (1 << random(8));
        injected.incrementAndGet();
        left = place(now) + n;
        sent = n;
      }
      out.write(piece, 0, sent);
      left -= sent;
      if (sent < n) {
        injected.incrementAndGet();
        if (now == Break.STALL) {
          TimeUnit.SECONDS.sleep(40); // longer than anybody should wait
        }
        reset(client);
        return;
      }
      pause(now, n);
    }
  }

  /** After how many bytes something happens. */
  private long place(Break kind) {
    return switch (kind) {
      case RESET_IN_HEAD -> random(400);
      case RESET_ANYWHERE, STALL, FLIP -> random(400_000);
      case NOTHING, GONE, JITTER, THROTTLE -> Long.MAX_VALUE;
    };
  }

  private void pause(Break kind, int bytes) throws InterruptedException {
    if (kind == Break.JITTER) {
      injected.incrementAndGet();
      TimeUnit.MILLISECONDS.sleep(random(20) == 0 ? random(500) : random(5));
    } else if (kind == Break.THROTTLE) {
      injected.incrementAndGet();
      TimeUnit.MICROSECONDS.sleep(bytes * 5L);
    }
  }

  private synchronized int random(int below) {
    return random.nextInt(below);
  }

  private void reset(Socket client) {
    try {
      client.setSoLinger(true, 0);
    } catch (IOException e) {
      // It has ended already.
    }
    injected.incrementAndGet();
    close(client);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It has ended already.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    open.forEach(Wire::close);
  }
}
