package dev.sluice.fuse.kernel;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.ReadCheck;
import dev.sluice.fuse.ReadReply;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The answer to one READ request, given at once or later, by any thread. */
final class KernelReadReply implements ReadReply {
  /*
   * Made anew for each read: it may leave the call, and an object of 48 bytes costs nothing beside
   * two system calls.
   */
  private static final VarHandle ANSWERED;

  static {
    try {
      ANSWERED =
          MethodHandles.lookup().findVarHandle(KernelReadReply.class, "answered", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long[] NONE = {};

  private final Session session;
  private final long unique;
  private final long node;
  private final long offset;
  private final int size;
  private final int ticket;

  @SuppressWarnings("unused") // by ANSWERED
  private boolean answered;

  KernelReadReply(Session session, Request request, long offset, int size) {
    this.session = session;
    this.unique = request.unique();
    this.node = request.node();
    this.offset = offset;
    this.size = size;
    this.ticket = session.unanswered().take(request);
  }

  @Override
  public boolean data(long[] addresses, long[] lengths, int parts) {
    if (!claim()) {
      return true;
    }
    try {
      return answer(addresses, lengths, parts);
    } catch (Throwable t) {
      // A second answer does no harm, a missing one does.
      session.faults().report("answer " + t.getClass().getName(), "failed", t);
      sendError(Errno.EIO);
      return true;
    } finally {
      session.unanswered().answer(ticket);
    }
  }

  /** Gives false if the kernel could not read the memory. */
  private boolean answer(long[] addresses, long[] lengths, int parts) {
    long total = ReadCheck.length(session.fs(), node, offset, size, lengths, parts);
    if (total < 0) {
      session
          .faults()
          .report(
              total == ReadCheck.TOO_LONG ? "too long an answer" : "too short an answer",
              "read of %d bytes at %d of node %d".formatted(size, offset, node),
              null);
      sendError(Errno.EIO);
      return true;
    }
    session.counters().countBytes(total); // before the reader goes on, and may ask for the count
    long sent =
        ReplyMemory.ofThread().send(session.channel(), unique, addresses, lengths, parts, total);
    if (sent < 0) {
      notTaken((int) -sent);
    }
    return sent != -Errno.EFAULT;
  }

  @Override
  public void end() {
    var _ = data(NONE, NONE, 0);
  }

  @Override
  public void error(int errno) {
    if (claim()) {
      sendLastError(errno);
    }
  }

  private boolean claim() {
    if (ANSWERED.compareAndSet(this, false, true)) {
      return true;
    }
    session.faults().report("second answer", "read of node " + node + " was answered twice", null);
    return false;
  }

  /** Answers with EIO if nothing was answered yet. */
  void abandon() {
    if (ANSWERED.compareAndSet(this, false, true)) {
      sendLastError(Errno.EIO);
    }
  }

  private void sendLastError(int errno) {
    try {
      sendError(errno);
    } finally {
      session.unanswered().answer(ticket);
    }
  }

  private void sendError(int errno) {
    int valid = Errno.valid(errno);
    if (valid == Errno.EIO) {
      session.counters().countError(Operation.READ);
    }
    ReplyMemory.ofThread().sendEmpty(session.channel(), unique, valid);
  }

  private void notTaken(int errno) {
    switch (errno) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ECONNABORTED, Errno.ENOTCONN -> {
        // The reader was killed, or the mount is gone: nobody waits.
      }
      default -> {
        // EFAULT (memory that went away) has ended the read with EIO; else this does.
        session.counters().countError(Operation.READ);
        session
            .faults()
            .report("answer refused", "errno " + errno + " for a read of node " + node, null);
        ReplyMemory.ofThread().sendEmpty(session.channel(), unique, Errno.EIO);
      }
    }
  }
}
