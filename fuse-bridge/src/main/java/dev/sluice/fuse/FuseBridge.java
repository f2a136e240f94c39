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
}
