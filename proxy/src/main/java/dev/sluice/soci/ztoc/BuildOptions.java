package dev.sluice.soci.ztoc;

import java.nio.file.Path;

/**
 * How to build a ztoc.
 *
 * @param spanSize decompressed bytes after which the next span starts as soon as it can
 * @param buildTool what the ztoc says wrote it
 * @param limits what the layer may ask for
 * @param temporaryDirectory where the windows are kept until the ztoc is written, 32 KiB per span
 * @param layerDigest whether to compute the digest of the compressed layer too
 * @param diffId whether to compute the digest of the decompressed layer too
 * @param copy gets the decompressed layer
 */
public record BuildOptions(
    long spanSize,
    String buildTool,
    Limits limits,
    Path temporaryDirectory,
    boolean layerDigest,
    boolean diffId,
    TarSink copy) {

  public static final long DEFAULT_SPAN_SIZE = 4L << 20;

  public BuildOptions {
    if (spanSize <= 0) {
      throw new IllegalArgumentException("a span of " + spanSize + " bytes");
    }
  }

  /** 4 MiB spans, no other digests, no copy, windows in the system's temporary directory. */
  public static BuildOptions of(String buildTool) {
    return new BuildOptions(
        DEFAULT_SPAN_SIZE,
        buildTool,
        Limits.DEFAULT,
        Path.of(System.getProperty("java.io.tmpdir")),
        false,
        false,
        TarSink.NONE);
  }

  public BuildOptions withSpanSize(long bytes) {
    return new BuildOptions(
        bytes, buildTool, limits, temporaryDirectory, layerDigest, diffId, copy);
  }

  public BuildOptions withTemporaryDirectory(Path directory) {
    return new BuildOptions(spanSize, buildTool, limits, directory, layerDigest, diffId, copy);
  }

  /** With both digests, of the layer as it is and decompressed. */
  public BuildOptions withDigests() {
    return new BuildOptions(spanSize, buildTool, limits, temporaryDirectory, true, true, copy);
  }

  /** With a copy of the decompressed layer, byte for byte. */
  public BuildOptions withCopy(TarSink sink) {
    return new BuildOptions(
        spanSize, buildTool, limits, temporaryDirectory, layerDigest, diffId, sink);
  }
}
