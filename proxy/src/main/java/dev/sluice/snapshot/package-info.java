/** The containerd snapshotter: snapshots, their metadata, and the service that containerd calls. */
@NullMarked
package dev.sluice.snapshot;

import org.jspecify.annotations.NullMarked;
