package dev.sluice.snapshot;

import java.util.List;

/** Arguments of a mount(2) that the caller is to do. */
public record MountSpec(String type, String source, List<String> options) {}
