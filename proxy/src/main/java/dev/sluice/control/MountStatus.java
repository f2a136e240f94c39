package dev.sluice.control;

import java.time.Instant;

/**
 * A snapshot that a container may use and that stands on lazy layers.
 *
 * @param key what containerd calls it, with its namespace
 * @param writable whether the container can write (an active snapshot; else a view)
 * @param image reference of the image, "" if unknown
 * @param layers below it
 * @param lazyLayers of those
 */
public record MountStatus(
    long snapshot,
    String key,
    boolean writable,
    String image,
    int layers,
    int lazyLayers,
    Instant since) {}
