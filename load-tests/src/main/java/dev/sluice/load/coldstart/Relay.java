package dev.sluice.load.coldstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/** One connection over the link: two sockets, and what is on its way between them. */
final class Relay implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  /** As much as a window of TCP: what was sent and not taken by the receiver. */
  private static final int MOST_CHUNKS = 64;

  /** No bytes: the sender has closed. */
  private static final Chunk END = new Chunk(new byte[0], 0);

  private final Socket client;
  private final Socket registry;
  private final Link link;
  private final Conversation conversation;
  private final AtomicLong down = new AtomicLong();
  private final AtomicLong up = new AtomicLong();

  /** Bytes and the {@code nanoTime} at which they arrive. */
  private record Chunk(byte[] bytes, long arrival) {}

  /** Is told what has gone through. */
  private interface Watcher {
    void saw(byte[] bytes, int length);
  }

  Relay(int number, Socket client, Socket registry, Link link) {
    this.client = client;
    this.registry = registry;
    this.link = link;
    this.conversation = new Conversation(number);
  }

  /** Starts to relay, in threads of its own that end with the connection. */
  void start(Wire toRegistry, Wire toClient) {
    // The handshake with the client was over at once; over the link it takes a round trip.
    long connected = System.nanoTime() + link.roundTrip().toNanos();
    Watcher sent =
        (bytes, length) -> {
          conversation.sent(bytes, length);
          up.addAndGet(length);
        };
    Watcher received =
        (bytes, length) -> {
          conversation.received(bytes, length);
          down.addAndGet(length);
        };
    Watcher nobody = (_, _) -> {};
    if (link.shaped()) {
      delayed(client, registry, toRegistry, connected, sent, nobody);
      delayed(registry, client, toClient, connected, nobody, received);
    } else {
      thread(() -> copy(client, registry, sent));
      thread(() -> copy(registry, client, received));
    }
  }

  private void delayed(
      Socket from, Socket to, Wire wire, long earliest, Watcher onSend, Watcher onArrival) {
    BlockingQueue<Chunk> flight = new ArrayBlockingQueue<>(MOST_CHUNKS);
    thread(() -> send(from, wire, earliest, onSend, flight));
    thread(() -> deliver(flight, to, onArrival));
  }

  private void thread(Runnable work) {
    Thread.ofVirtual().name("relay").start(work);
  }

  private void copy(Socket from, Socket to, Watcher watcher) {
    byte[] buffer = new byte[CHUNK];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        watcher.saw(buffer, n);
        out.write(buffer, 0, n);
      }
    } catch (IOException _) {
      // One side has gone; both sockets are closed, and the client sees what it would without us.
    }
  }

  private void send(
      Socket from, Wire wire, long earliest, Watcher watcher, BlockingQueue<Chunk> flight) {
    byte[] buffer = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        watcher.saw(buffer, n);
        Wire.sleepUntil(earliest);
        long arrival = wire.send(n);
        flight.put(new Chunk(java.util.Arrays.copyOf(buffer, n), arrival));
      }
      flight.put(END);
    } catch (IOException e) {
      close();
      flight.clear();
      var _ = flight.offer(END);
    } catch (InterruptedException e) {
      close();
    }
  }

  private void deliver(BlockingQueue<Chunk> flight, Socket to, Watcher watcher) {
    try (to) {
      OutputStream out = to.getOutputStream();
      for (Chunk chunk = flight.take(); chunk.bytes.length > 0; chunk = flight.take()) {
        Wire.sleepUntil(chunk.arrival);
        // Told first: once written, the client may already send its next request.
        watcher.saw(chunk.bytes, chunk.bytes.length);
        out.write(chunk.bytes);
      }
    } catch (IOException e) {
      close();
      flight.clear(); // lets the sender go on, to find that its socket is closed
    } catch (InterruptedException e) {
      close();
    }
  }

  Conversation conversation() {
    return conversation;
  }

  /** Bytes that the client has received. */
  long down() {
    return down.get();
  }

  /** Bytes that the client has sent. */
  long up() {
    return up.get();
  }

  @Override
  public void close() {
    try (client;
        registry) {
      client.shutdownInput();
    } catch (IOException _) {
      // Closed already.
    }
  }
}
