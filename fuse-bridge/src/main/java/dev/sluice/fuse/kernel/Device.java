package dev.sluice.fuse.kernel;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.linux.Libc;
import dev.sluice.fuse.linux.LinuxException;
import java.util.concurrent.atomic.AtomicInteger;

/** An open /dev/fuse, which is closed when its last user lets go of it. */
final class Device implements Channel {
  /*
   * Reads may be answered late, by any thread, also when the mount is long gone. If the descriptor
   * were closed under such a thread, its number could by then belong to another file of this
   * process, and the reply would be written into that file. So the session holds one use, each
   * reader thread holds one, and whoever sends takes one for the time of the call; the descriptor
   * is closed with the last, and never used after.
   */
  static final String PATH = "/dev/fuse";

  // Invariant: 0 means closed, and it never leaves 0.
  private final AtomicInteger uses = new AtomicInteger(1);
  private final int descriptor;
  private volatile boolean silent;

  private Device(int descriptor) {
    this.descriptor = descriptor;
  }

  static Device open() throws LinuxException {
    int descriptor = Libc.open(PATH, Libc.O_RDWR | Libc.O_CLOEXEC);
    if (descriptor < 0) {
      throw new LinuxException(
          "open " + PATH,
          -descriptor,
          switch (-descriptor) {
            case Errno.ENOENT -> "load the module with modprobe fuse, or give this container it";
            case Errno.ENODEV -> "the kernel module fuse is not loaded: modprobe fuse";
            case Errno.EACCES, Errno.EPERM ->
                "needs root, and the device must be allowed to this container";
            default -> "";
          });
    }
    return new Device(descriptor);
  }

  /** What is open already as a descriptor of this process. */
  static Device of(int descriptor) {
    return new Device(descriptor);
  }

  /** The number of the descriptor; valid only while a use is held. */
  int descriptor() {
    return descriptor;
  }

  /** Takes a use; false if the device is closed. */
  boolean acquire() {
    for (int n = uses.get(); n > 0; n = uses.get()) {
      if (uses.compareAndSet(n, n + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Lets go of a use. */
  void release() {
    if (uses.decrementAndGet() == 0) {
      Libc.close(descriptor);
    }
  }

  /** From now on nothing is sent: the session is another process's. */
  void silence() {
    silent = true;
  }

  /** Reads one request; its length or a negative error number. The caller holds a use. */
  long receive(long address, long capacity) {
    return Libc.read(descriptor, address, capacity);
  }

  @Override
  public long send(long vectors, int count) {
    if (silent || !acquire()) {
      return -Errno.ENODEV;
    }
    try {
      return Libc.writev(descriptor, vectors, count);
    } finally {
      release();
    }
  }
}
