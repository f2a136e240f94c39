package dev.sluice.fetch;

/**
 * What is known of a host that ranges are asked of.
 *
 * @param window how many ranges it may be asked for at once
 * @param roundTripNanos the shortest first byte of late
 */
public record HostLoad(String host, int window, long roundTripNanos, long bytesPerSecond) {}
