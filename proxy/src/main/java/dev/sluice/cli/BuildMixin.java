package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.oci.Platform;
import dev.sluice.soci.index.IndexOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code create} and {@code convert} both take. */
final class BuildMixin {
  private static final int MAX_LIST_BYTES = 16 << 20;

  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      description = "Index the image for this platform; may be repeated.")
  private List<Platform> platforms = List.of();

  @Option(names = "--all-platforms", description = "Index the image for all its platforms.")
  private boolean allPlatforms;

  @Option(
      names = "--span-size",
      paramLabel = "BYTES",
      defaultValue = "4MiB",
      description = "Decompressed bytes of a span (default: ${DEFAULT-VALUE}).")
  private ByteCount spanSize = new ByteCount(IndexOptions.DEFAULT_SPAN_SIZE);

  @Option(
      names = "--min-layer-size",
      paramLabel = "BYTES",
      defaultValue = "10MiB",
      description = "Leave layers below this many bytes unindexed (default: ${DEFAULT-VALUE}).")
  private ByteCount minLayerSize = new ByteCount(IndexOptions.DEFAULT_MIN_LAYER_SIZE);

  @Option(
      names = "--optimizations",
      paramLabel = "NAME",
      description = "xattr: mark layers that have no extended attributes.")
  private List<Optimization> optimizations = List.of();

  @Option(
      names = {"-f", "--force"},
      description = "Build ztocs again that an index of the image already has.")
  private boolean force;

  @Option(
      names = "--prefetch-file",
      paramLabel = "PATH",
      description = "A file in the image that containers need at once; may be repeated.")
  private List<String> prefetchFiles = List.of();

  @Option(
      names = "--prefetch-files-json",
      paramLabel = "FILE",
      description = "A JSON array of such files.")
  private @Nullable Path prefetchFilesJson;

  @Option(
      names = "--build-tool-identifier",
      paramLabel = "TEXT",
      defaultValue = IndexOptions.DEFAULT_BUILD_TOOL,
      description = "What the index names as its builder (default: ${DEFAULT-VALUE}).")
  private String buildTool = IndexOptions.DEFAULT_BUILD_TOOL;

  /** What an index may be optimised for. */
  enum Optimization {
    XATTR
  }

  List<Platform> platforms() {
    if (allPlatforms && !platforms.isEmpty()) {
      throw new SluiceException(
          FailureKind.INVALID, "--platform and --all-platforms exclude each other");
    }
    return platforms;
  }

  boolean allPlatforms() {
    return allPlatforms;
  }

  IndexOptions options() {
    return new IndexOptions(
        spanSize.bytes(),
        minLayerSize.bytes(),
        buildTool,
        optimizations.contains(Optimization.XATTR),
        force,
        prefetchPaths());
  }

  private List<String> prefetchPaths() {
    var paths = new ArrayList<>(prefetchFiles);
    Path list = prefetchFilesJson;
    if (list != null) {
      try {
        paths.addAll(
            JsonObject.parseStrings(list.toString(), Files.readAllBytes(list), MAX_LIST_BYTES));
      } catch (IOException e) {
        throw new SluiceException(
            FailureKind.INVALID, "read --prefetch-files-json " + list + ": " + e.getMessage(), e);
      }
    }
    return paths;
  }
}
