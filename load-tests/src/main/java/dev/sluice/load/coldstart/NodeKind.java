package dev.sluice.load.coldstart;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a node is set up.
 *
 * @param snapshotter starts the service beside containerd, null for a node without one
 * @param unpigz whether containerd may decompress by unpigz
 */
record NodeKind(@Nullable Launch snapshotter, boolean unpigz) {

  /** Starts a service. */
  interface Launch {
    /**
     * Before containerd, which may not serve yet.
     *
     * @param directory its own
     * @param certs directory with hosts.toml files
     * @param containerd where containerd is going to serve
     */
    Snapshotter start(Path directory, Path certs, Path containerd) throws IOException;
  }
}
