package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.HandOver;
import dev.sluice.fuse.MountedSession;
import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.fuse.linux.Libc;
import dev.sluice.fuse.linux.OwnMount;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount that reader threads serve. */
final class KernelMount implements FuseMount, HandOver {
  /*
   * Its end is one of three: it is closed, and with it the mount; the kernel ends it, because
   * somebody has unmounted it; or it is left, and the mount goes on without this process.
   */
  private static final Logger LOG = LoggerFactory.getLogger(KernelMount.class);
  private static final Duration JOIN_TIME = Duration.ofSeconds(5);
  private static final int NOTIFY_INVAL_INODE = 2;
  private static final int NOTIFY_INVAL_ENTRY = 3;
  private static final int NOTIFY_RESEND = 7;

  private final OwnMount mounted;
  private final Device device;
  private final Session session;
  private final List<ReaderThread> readers = new ArrayList<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  KernelMount(OwnMount mounted, Device device, Session session) {
    this.mounted = mounted;
    this.device = device;
    this.session = session;
  }

  /** Starts the threads and lets go of the caller's use of the device. */
  void start(String name, int threads) {
    running.set(threads);
    for (int i = 0; i < threads; i++) {
      if (!device.acquire()) {
        throw new IllegalStateException("serve " + directory() + ": the device is closed");
      }
      readers.add(new ReaderThread(name, i, device, session, this::ended));
    }
    device.release();
    readers.forEach(Thread::start);
  }

  private void ended() {
    if (running.decrementAndGet() == 0 && !closed.get()) {
      mounted.ended();
    }
  }

  /** Gives 0 or an error number, EINVAL if the kernel can't do that. */
  private int resend() {
    try (Arena arena = Arena.ofConfined()) {
      return (int) Math.max(0, -send(arena, notice(arena, NOTIFY_RESEND, 0)));
    }
  }

  /**
   * Answers what an earlier server has taken and not answered, or has the kernel send it again.
   * Called before {@link #start}, so that none of ours are among them.
   *
   * @param areKept whether an earlier server has left memory for them
   */
  void goOn(boolean areKept) {
    KeptRequests kept = session.unanswered().kept();
    if (areKept && kept != null) {
      LOG.info("{}: answered {} requests that were kept", directory(), kept.answerAll(session));
      return;
    }
    int errno = resend();
    if (errno != 0) {
      LOG.warn(
          "{}: requests that the process before had taken stay unanswered, and who waits for one"
              + " can't even be killed, since the kernel can't send them again: {}; Linux 6.9 can",
          directory(),
          Libc.strerror(errno));
    }
  }

  @Override
  public Path directory() {
    return mounted.directory();
  }

  @Override
  public boolean isAlive() {
    return running.get() > 0 && !closed.get();
  }

  @Override
  public FuseCounters counters() {
    return session.counters();
  }

  @Override
  public void changed(long node, byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment listing = notice(arena, NOTIFY_INVAL_INODE, 24);
      listing.set(JAVA_LONG, 16, node); // offset and length 0: all of it
      // A failure says that the kernel has nothing cached, or that the mount is gone: both are
      // well.
      var _ = send(arena, listing);
      MemorySegment entry = notice(arena, NOTIFY_INVAL_ENTRY, 16 + name.length + 1);
      entry.set(JAVA_LONG, 16, node);
      entry.set(JAVA_INT, 24, name.length);
      MemorySegment.copy(name, 0, entry, JAVA_BYTE, 32, name.length);
      var _ = send(arena, entry);
    }
  }

  private static MemorySegment notice(Arena arena, int code, int bodyLength) {
    int length = ReplyMemory.HEADER_BYTES + bodyLength;
    MemorySegment notice = arena.allocate(length, 8);
    notice.set(JAVA_INT, 0, length);
    notice.set(JAVA_INT, 4, code);
    return notice;
  }

  private long send(Arena arena, MemorySegment notice) {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(JAVA_LONG, 0, notice.address());
    vector.set(JAVA_LONG, 8, notice.byteSize());
    return session.channel().send(vector.address(), 1);
  }

  @Override
  public Optional<HandOver> handOver() {
    return Optional.of(this);
  }

  @Override
  public MountedSession session() {
    return new MountedSession(
        directory(), mounted.device(), session.handshake().minor(), session.handshake().flags());
  }

  @Override
  public SessionFiles duplicate() throws IOException {
    if (!device.acquire()) {
      throw new IOException("keep the session of " + directory() + ": it has ended");
    }
    try {
      int copy = Descriptors.duplicate(device.descriptor());
      KeptRequests kept = session.unanswered().kept();
      if (kept == null) {
        return SessionFiles.of(copy);
      }
      try {
        return new SessionFiles(copy, OptionalInt.of(Descriptors.duplicate(kept.descriptor())));
      } catch (IOException e) {
        Descriptors.close(copy);
        throw e;
      }
    } finally {
      device.release();
    }
  }

  @Override
  public boolean keepsRequests() {
    return session.unanswered().kept() != null || session.handshake().has(InitFlags.HAS_RESEND);
  }

  @Override
  public boolean leave(Duration longest) {
    // Held so that answers still find their way.
    if (!device.acquire()) {
      return true;
    }
    try {
      if (!closed.compareAndSet(false, true)) {
        return true;
      }
      long deadline = System.nanoTime() + longest.toNanos();
      boolean stopped = true;
      for (ReaderThread reader : readers) {
        stopped &= reader.leave(Duration.ofNanos(deadline - System.nanoTime()));
      }
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      return session.unanswered().awaitNone(left) && stopped;
    } finally {
      // What could not be answered is the next one's; an error that comes late must not go there.
      session.unanswered().leave();
      device.silence();
      device.release();
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    mounted.unmount();
    join();
  }

  private void join() {
    long deadline = System.nanoTime() + JOIN_TIME.toNanos();
    boolean interrupted = false;
    for (ReaderThread reader : readers) {
      if (reader == Thread.currentThread()) {
        continue;
      }
      try {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (!reader.join(Duration.ofMillis(Math.max(1, left)))) {
          LOG.warn(
              "{} is unmounted, but thread {} is still busy after {} s: its file system blocks",
              directory(),
              reader.getName(),
              JOIN_TIME.toSeconds());
        }
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
