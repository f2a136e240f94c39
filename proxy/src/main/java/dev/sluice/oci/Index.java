package dev.sluice.oci;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** An image index (OCI, or Docker manifest list). */
public record Index(
    @Nullable String mediaType,
    @Nullable String artifactType,
    List<Descriptor> manifests,
    @Nullable Descriptor subject,
    SortedMap<String, String> annotations) {}
