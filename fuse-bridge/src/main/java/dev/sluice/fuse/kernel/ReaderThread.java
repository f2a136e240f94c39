package dev.sluice.fuse.kernel;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.linux.Libc;
import dev.sluice.fuse.linux.ThreadSignals;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Reads requests from the device and answers them, until the mount ends. */
final class ReaderThread extends Thread {
  static final int ANSWER_BYTES = 128 << 10;
  private static final int PAGE_BYTES = 4096;
  private static final long POLL_NANOS = 1_000_000;

  private final int index;
  private final Device device;
  private final Session session;
  private final Runnable whenEnded;
  private volatile boolean leaving;

  /** The kernel's number of this thread; 0 before it runs. */
  private volatile int number;

  /** The caller holds a use of {@code device} for this thread, which lets go of it. */
  ReaderThread(String mount, int index, Device device, Session session, Runnable whenEnded) {
    super("fuse-" + mount + "-" + index);
    this.index = index;
    this.device = device;
    this.session = session;
    this.whenEnded = whenEnded;
    setDaemon(true);
  }

  /** Stops it before its next request; false if that can't be done. Returns when it has. */
  boolean leave(Duration longest) {
    leaving = true;
    if (!ThreadSignals.areThere()) {
      return false;
    }
    long end = System.nanoTime() + longest.toNanos();
    // It may be just before its system call, so once is not enough.
    while (isAlive() && System.nanoTime() - end < 0) {
      if (number != 0) {
        ThreadSignals.interrupt(number);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return !isAlive();
  }

  @Override
  public void run() {
    number = ThreadSignals.current();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = session.unanswered().buffer(index, arena);
      in.fill((byte) 0); // so that it is there, and the kernel need not wait for memory
      MemorySegment out = arena.allocate(ANSWER_BYTES, PAGE_BYTES);
      serve(in, new Dispatcher(session, in, out));
    } catch (Throwable t) {
      session.faults().report("reader thread", "ended", t);
    } finally {
      device.release();
      whenEnded.run();
    }
  }

  private void serve(MemorySegment in, Dispatcher dispatcher) {
    while (!leaving) {
      KeptRequests.clear(in);
      long n = device.receive(in.address(), in.byteSize());
      if (n >= 0) {
        dispatcher.handle(n);
        continue;
      }
      switch ((int) -n) {
        case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> {
          // The request was withdrawn before we had it: take the next.
        }
        case Errno.ENODEV, Errno.ECONNABORTED -> {
          return; // unmounted
        }
        default -> {
          session.faults().report("read " + Device.PATH, Libc.strerror((int) -n), null);
          return;
        }
      }
    }
  }
}
