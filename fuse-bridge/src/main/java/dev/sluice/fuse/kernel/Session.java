package dev.sluice.fuse.kernel;

import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.ReadOnlyFs;

/**
 * What all requests of one mount share.
 *
 * @param fs what is served
 * @param channel where replies go
 * @param handshake what was agreed with the kernel
 * @param unanswered requests that were taken and not answered
 */
record Session(
    ReadOnlyFs fs,
    Channel channel,
    Handshake handshake,
    FuseCounters counters,
    FaultLog faults,
    Unanswered unanswered) {}
