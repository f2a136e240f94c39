package dev.sluice.oci;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The platform of an image: Go's names, e.g. linux, amd64, v8. */
public record Platform(
    String architecture,
    String os,
    @Nullable String osVersion,
    List<String> osFeatures,
    @Nullable String variant) {}
