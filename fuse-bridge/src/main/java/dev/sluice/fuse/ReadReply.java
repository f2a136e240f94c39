package dev.sluice.fuse;

/** Takes the answer to one read: exactly one call, from any thread. */
public interface ReadReply {
  /**
   * Answers with {@code parts} pieces of memory that follow one another. Returns when the kernel
   * has copied them; the memory is the caller's again then.
   *
   * @param addresses address of each piece
   * @param lengths length of each piece in bytes; their sum is at most the size that was asked for
   * @return false if the memory could not be read (a mapped file that was truncated, a bad sector):
   *     then the reader got EIO
   */
  boolean data(long[] addresses, long[] lengths, int parts);

  /** Answers that the file ends before the offset. */
  default void end() {
    var _ = data(new long[0], new long[0], 0);
  }

  /** Answers with an error, one of {@link Errno}. */
  void error(int errno);
}
