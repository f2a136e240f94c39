package dev.sluice.oci;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** An image manifest (OCI, or Docker schema 2). */
public record Manifest(
    @Nullable String mediaType,
    @Nullable String artifactType,
    Descriptor config,
    List<Descriptor> layers,
    @Nullable Descriptor subject,
    SortedMap<String, String> annotations) {}
