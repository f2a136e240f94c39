package dev.sluice.load.coldstart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Plays a link in front of a registry: a TCP proxy that adds delay, shares a rate and reads the
 * requests along. Slow start, loss and jitter are not played.
 */
final class LinkProxy implements AutoCloseable {
  private static final int BACKLOG = 256;
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocket listening;
  private final InetSocketAddress registry;
  private final AtomicReference<Session> current =
      new AtomicReference<>(new Session(Link.LOOPBACK));

  private LinkProxy(ServerSocket listening, InetSocketAddress registry) {
    this.listening = listening;
    this.registry = registry;
  }

  /**
   * Starts with an unshaped link.
   *
   * @param registry {@code host:port} over plain HTTP
   */
  static LinkProxy start(String registry) throws IOException {
    int colon = registry.lastIndexOf(':');
    InetSocketAddress target =
        new InetSocketAddress(
            registry.substring(0, colon), Integer.parseInt(registry.substring(colon + 1)));
    LinkProxy proxy =
        new LinkProxy(new ServerSocket(0, BACKLOG, InetAddress.ofLiteral("127.0.0.1")), target);
    Thread.ofPlatform().daemon().name("link").start(proxy::accept);
    return proxy;
  }

  /** {@code 127.0.0.1:port}, the same for all sessions. */
  String host() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Ends the connections there are, and begins to count anew over another link. */
  Session session(Link link) {
    Session session = new Session(link);
    current.getAndSet(session).close();
    return session;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        current.get().relay(client, registry);
      } catch (IOException e) {
        if (!listening.isClosed()) {
          System.err.println("link: a connection was lost: " + e.getMessage());
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    current.get().close();
  }

  /** A link with the connections that go over it. */
  static final class Session implements AutoCloseable {
    private final Link link;
    private final Wire toRegistry;
    private final Wire toClient;
    private final List<Relay> relays = new CopyOnWriteArrayList<>();

    private Session(Link link) {
      this.link = link;
      this.toRegistry = new Wire(link);
      this.toClient = new Wire(link);
    }

    private void relay(Socket client, InetSocketAddress registry) throws IOException {
      Socket server = new Socket();
      try {
        server.connect(registry, CONNECT_MILLIS);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
      } catch (IOException e) {
        try (client;
            server) {
          throw e;
        }
      }
      Relay relay = new Relay(relays.size() + 1, client, server, link);
      relays.add(relay);
      relay.start(toRegistry, toClient);
    }

    Traffic traffic() {
      List<Relay> all = List.copyOf(relays);
      return new Traffic(
          all.size(),
          all.stream().mapToLong(Relay::down).sum(),
          all.stream().mapToLong(Relay::up).sum(),
          all.stream()
              .flatMap(relay -> relay.conversation().exchanges().stream())
              .sorted(Comparator.comparingLong(Exchange::sent))
              .toList());
    }

    @Override
    public void close() {
      relays.forEach(Relay::close);
    }
  }
}
