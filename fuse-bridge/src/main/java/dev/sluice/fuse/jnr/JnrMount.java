package dev.sluice.fuse.jnr;

import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.HandOver;
import dev.sluice.fuse.linux.OwnMount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount that libfuse serves, in a thread that ends with it. */
final class JnrMount implements FuseMount {
  private static final Logger LOG = LoggerFactory.getLogger(JnrMount.class);
  private static final Duration JOIN_TIME = Duration.ofSeconds(10);

  private final OwnMount mounted;
  private final Thread loop;
  private final LibfuseAdapter adapter;
  private final AtomicBoolean closed = new AtomicBoolean();

  JnrMount(OwnMount mounted, Thread loop, LibfuseAdapter adapter) {
    this.mounted = mounted;
    this.loop = loop;
    this.adapter = adapter;
  }

  /** To be called when libfuse's loop has ended. */
  void ended() {
    if (!closed.get()) {
      mounted.ended();
    }
  }

  @Override
  public Path directory() {
    return mounted.directory();
  }

  @Override
  public boolean isAlive() {
    return loop.isAlive() && !closed.get();
  }

  @Override
  public FuseCounters counters() {
    return adapter.counters();
  }

  @Override
  public void changed(long directory, byte[] name) {
    // libfuse 2's path interface cannot tell the kernel: what it has cached of absent names
    // expires within a second, and listings are not cached.
    adapter.forget();
  }

  /** libfuse 2 keeps the descriptor of the session to itself: the mount ends with the process. */
  @Override
  public Optional<HandOver> handOver() {
    return Optional.empty();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    mounted.unmount();
    adapter.stop();
    try {
      if (!loop.join(JOIN_TIME)) {
        LOG.warn(
            "{} is unmounted, but libfuse still runs after {} s: its file system blocks",
            directory(),
            JOIN_TIME.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
