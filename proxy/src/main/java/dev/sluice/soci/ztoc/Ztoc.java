package dev.sluice.soci.ztoc;

import java.util.List;

/**
 * One ztoc: what stands where in the decompressed tar of a layer, and how to reach it.
 *
 * @param version format version as written, {@code 0.9}; not checked
 * @param buildTool what wrote the ztoc
 * @param compressedSize length of the layer blob in bytes
 * @param uncompressedSize length of the tar in bytes up to its end mark; the decompressed stream
 *     may be longer
 * @param spans where each span starts and how to inflate it
 * @param entries what the tar holds, in tar order
 */
public record Ztoc(
    String version,
    String buildTool,
    long compressedSize,
    long uncompressedSize,
    SpanTable spans,
    List<TocEntry> entries)
    implements AutoCloseable {

  /** The only version there is. */
  public static final String VERSION = "0.9";

  /** Releases the file that holds the windows; spans can't be inflated afterwards. */
  @Override
  public void close() {
    spans.close();
  }
}
