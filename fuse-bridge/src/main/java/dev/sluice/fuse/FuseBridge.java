package dev.sluice.fuse;

import java.io.IOException;
import java.nio.file.Path;

/** Mounts a {@link ReadOnlyFs}. */
public interface FuseBridge {
  /**
   * Mounts {@code fs} read-only at {@code directory}, which must exist, and serves it until the
   * mount is closed or unmounted. Returns when the kernel serves requests.
   *
   * @throws IOException if the mount fails, naming the directory and the cause
   */
  FuseMount mount(ReadOnlyFs fs, Path directory, MountOptions options) throws IOException;

  /**
   * Goes on serving a mount of another process, which has ended or is about to. Requests that it
   * took and did not answer are answered now: the kernel sends them again (Linux 6.9), or they lie
   * in the session's memory.
   *
   * <p>Node ids of {@code fs} must be those of the earlier process's file system.
   *
   * @param files of the session; the mount's from now on, and the caller's if this fails
   * @throws IOException if this bridge can't do that, or the mount is not there any more
   */
  default FuseMount adopt(
      ReadOnlyFs fs, MountedSession session, SessionFiles files, MountOptions options)
      throws IOException {
    throw new IOException(
        "go on with the mount at %s: this bridge can't serve what another process has mounted"
            .formatted(session.directory()));
  }
}
