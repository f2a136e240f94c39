package dev.sluice.fuse.kernel;

/** Where replies go: the device, or a test. */
interface Channel {
  /**
   * Sends the {@code count} pieces of the {@code struct iovec[]} at {@code vectors} as one reply.
   * Safe from any thread; does nothing after the end of the session.
   *
   * @return a negative error number if the kernel did not take it
   */
  long send(long vectors, int count);
}
