package dev.sluice.face;

import org.jspecify.annotations.Nullable;

/**
 * How a layer is shown.
 *
 * @param reason why it is not shown in a better way, null if nothing is to be said
 */
public record FaceStatus(LayerFace face, @Nullable String reason) {}
