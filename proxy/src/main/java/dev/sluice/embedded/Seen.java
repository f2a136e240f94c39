package dev.sluice.embedded;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as the embedded registry saw it.
 *
 * @param path without the query
 * @param range the Range header
 * @param authorization the Authorization header's scheme
 * @param query without the question mark
 * @param headers by name in lower case; of several values the first
 */
public record Seen(
    RequestKind kind,
    String method,
    String path,
    @Nullable String range,
    @Nullable String authorization,
    @Nullable String acceptEncoding,
    @Nullable String userAgent,
    String query,
    Map<String, String> headers) {}
