package dev.sluice.fuse.kernel;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads requests from the device and answers them, until the mount ends. */
final class ReaderThread extends Thread {
  /** More than any request that a read-only mount gets; the kernel wants at least 8 KiB. */
  private static final int REQUEST_BYTES = 64 << 10;

  private static final int ANSWER_BYTES = 128 << 10;
  private static final int PAGE_BYTES = 4096;

  private final Device device;
  private final Session session;
  private final Runnable whenEnded;

  /** The caller holds a use of {@code device} for this thread, which lets go of it. */
  ReaderThread(String name, Device device, Session session, Runnable whenEnded) {
    super(name);
    this.device = device;
    this.session = session;
    this.whenEnded = whenEnded;
    setDaemon(true);
  }

  @Override
  public void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(REQUEST_BYTES, PAGE_BYTES);
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
    for (; ; ) {
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
