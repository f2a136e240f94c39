package dev.sluice.fuse.jnr;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.ReadCheck;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import dev.sluice.fuse.linux.Libc;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A reply that is copied into libfuse's buffer, for which libfuse's thread waits. */
final class WaitingReply implements ReadReply {
  /*
   * The buffer is libfuse's, and valid only until the thread that waits goes back into libfuse. So
   * the copy is made under the lock, and none is made once that thread has given up.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();
  private final ReadOnlyFs fs;
  private final FaultLog faults;
  private final long buffer;
  private final long node;
  private final long offset;
  private final int size;

  // Guarded by lock: the bytes or negative errno to return, and whether it is settled.
  private int result;
  private boolean settled;

  WaitingReply(ReadOnlyFs fs, FaultLog faults, long buffer, long node, long offset, int size) {
    this.fs = fs;
    this.faults = faults;
    this.buffer = buffer;
    this.node = node;
    this.offset = offset;
    this.size = size;
  }

  @Override
  public boolean data(long[] addresses, long[] lengths, int parts) {
    lock.lock();
    try {
      if (settled) {
        return true;
      }
      // First of all, so that whatever is thrown below leaves an answer.
      settle(-Errno.EIO);
      long total = ReadCheck.length(fs, node, offset, size, lengths, parts);
      if (total < 0) {
        faults.report(
            total == ReadCheck.TOO_LONG ? "too long an answer" : "too short an answer",
            "read of %d bytes at %d of node %d".formatted(size, offset, node),
            null);
        return true;
      }
      long at = buffer;
      for (int i = 0; i < parts; i++) {
        int errno = Libc.copy(addresses[i], at, lengths[i]);
        if (errno != 0) {
          faults.report("answer refused", "errno " + errno + " for node " + node, null);
          return false;
        }
        at += lengths[i];
      }
      result = (int) total;
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void error(int errno) {
    lock.lock();
    try {
      if (!settled) {
        settle(-Errno.valid(errno));
      }
    } finally {
      lock.unlock();
    }
  }

  private void settle(int value) {
    settled = true;
    result = value;
    answered.signalAll();
  }

  /** The bytes that were read, or a negative error number; waits at most {@code seconds}. */
  int await(long seconds) {
    lock.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(seconds);
      while (!settled && left > 0) {
        left = answered.awaitNanos(left);
      }
      if (!settled) {
        faults.report("no answer", "read of node %d for %d s".formatted(node, seconds), null);
        settle(-Errno.EIO);
      }
      return result;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      settle(-Errno.EINTR);
      return result;
    } finally {
      lock.unlock();
    }
  }
}
