package dev.sluice.load.coldstart;

import org.jspecify.annotations.Nullable;

/**
 * A request that crossed the link, as its client saw it. Times are {@code nanoTime}s; 0 where that
 * has not happened.
 *
 * @param connection number of the connection, from 1
 * @param path with query string
 * @param range the header's value, null if there was none
 * @param status 0 if no answer has come
 * @param bytes of the answer so far, its head included
 */
record Exchange(
    int connection,
    String method,
    String path,
    @Nullable String range,
    int status,
    long bytes,
    long sent,
    long firstByte,
    long lastByte) {}
