package dev.sluice.fuse;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An immutable file system by node id. Bridges call it from several threads at once.
 *
 * <p>Node ids are stable for the life of the mount, 1 is the root, 0 is no node. Names and link
 * targets are raw bytes without a NUL. Nothing here may block, and nothing may touch a path below
 * the mount itself; only {@link #read} may answer later, from another thread. A node id that is
 * unknown answers with {@link Errno#ESTALE} or absence, never with an exception.
 */
public interface ReadOnlyFs {
  long ROOT = 1;

  /** The node called {@code name} in directory {@code parent}, 0 if there is none. */
  long lookup(long parent, byte[] name);

  /** Fills {@code into} with the attributes of {@code node}; false if there is no such node. */
  boolean attributes(long node, Attributes into);

  /** The target of a symbolic link, null if {@code node} is none. */
  byte @Nullable [] readlink(long node);

  /**
   * Offers the entries of directory {@code node} to {@code sink}, in a fixed order, without "." and
   * "..". Starts after the entry whose cookie was {@code after} (0: from the first) and stops when
   * the sink is full.
   *
   * @return false if {@code node} is no directory
   */
  boolean list(long node, long after, DirectorySink sink);

  /** The parent of a directory, itself for the root. */
  long parent(long node);

  /** The value of an extended attribute, null if absent. */
  byte @Nullable [] xattr(long node, byte[] name);

  /** Names of all extended attributes, each ended by a NUL, as listxattr(2) gives them. */
  byte[] xattrNames(long node);

  /**
   * Answers the read of at most {@code size} bytes at {@code offset} by exactly one call on {@code
   * reply}, now or later. Fewer bytes only at the end of the file.
   */
  void read(long node, long offset, int size, ReadReply reply);

  /**
   * What must happen before a request for {@code node} can be answered; null if it can be now, as
   * almost always. A request for a node of a server that has just begun to go on with another's
   * mount waits for it, and gets EIO if it fails. Completes in bounded time.
   */
  default @Nullable CompletionStage<?> awaited(long node) {
    return null;
  }

  /** Numbers for statfs(2). */
  default Statistics statistics() {
    return new Statistics(0, 0);
  }

  /** Size of the file system in bytes and how many nodes it has. */
  record Statistics(long bytes, long nodes) {}

  /** Takes directory entries. */
  interface DirectorySink {
    /**
     * @param cookie greater than 0, where a later {@code list} goes on after this entry
     * @return false if the entry did not fit: offer it again next time
     */
    boolean entry(byte[] name, long node, long cookie);
  }
}
