package dev.sluice.load.coldstart;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a node is set up.
 *
 * @param settings lines of the service's configuration, null for a node without the service
 * @param profiles what the service finds recorded, null: nothing
 * @param unpigz whether containerd may decompress by unpigz
 */
record NodeKind(@Nullable String settings, @Nullable Path profiles, boolean unpigz) {}
