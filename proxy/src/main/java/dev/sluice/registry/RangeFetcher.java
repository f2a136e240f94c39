package dev.sluice.registry;

/** What all range fetches of a client share. */
record RangeFetcher(
    Exchange exchange,
    Failover failover,
    Retrier retrier,
    BlobLocations locations,
    RangeSupport ranges,
    ServedRanges served) {}
