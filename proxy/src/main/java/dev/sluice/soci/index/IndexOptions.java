package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.List;

/**
 * How an index is built.
 *
 * @param spanSize decompressed bytes of a span, aimed at
 * @param minLayerSize layers of fewer compressed bytes are not indexed
 * @param buildTool what ztocs and index name as their builder
 * @param markXattrs mark layers without extended attributes, so that nobody looks for any
 * @param force build ztocs again even where an index of the image has them
 * @param prefetchPaths files that a container needs at once, as paths in the image
 */
public record IndexOptions(
    long spanSize,
    long minLayerSize,
    String buildTool,
    boolean markXattrs,
    boolean force,
    List<String> prefetchPaths) {
  public static final long DEFAULT_SPAN_SIZE = 4 << 20;
  public static final long DEFAULT_MIN_LAYER_SIZE = 10 << 20;

  /** What AWS's CLI v0.15 writes: with it the same layer gives the same bytes from either tool. */
  public static final String DEFAULT_BUILD_TOOL = "AWS SOCI CLI v0.2";

  public static final IndexOptions DEFAULT =
      new IndexOptions(
          DEFAULT_SPAN_SIZE, DEFAULT_MIN_LAYER_SIZE, DEFAULT_BUILD_TOOL, false, false, List.of());

  public IndexOptions {
    if (spanSize < 1) {
      throw new SluiceException(
          FailureKind.INVALID, "span size " + spanSize + " is not positive: try 4MiB");
    }
    if (minLayerSize < 0) {
      throw new SluiceException(
          FailureKind.INVALID, "smallest layer size " + minLayerSize + " is negative");
    }
    prefetchPaths = List.copyOf(prefetchPaths);
  }
}
