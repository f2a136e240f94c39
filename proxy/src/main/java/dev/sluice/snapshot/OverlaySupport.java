package dev.sluice.snapshot;

import java.util.List;

/**
 * What overlayfs can do here.
 *
 * @param options that every overlay gets
 * @param idMapped whether it can be told to map user and group ids
 */
record OverlaySupport(List<String> options, boolean idMapped) {}
