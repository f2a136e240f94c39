package dev.sluice.registry;

/** What all range fetches of a client share. */
record RangeFetcher(
    Exchange exchange,
    Endpoints endpoints,
    Retrier retrier,
    BlobLocations locations,
    RangeSupport ranges) {}
