package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.soci.index.LayerPath;
import dev.sluice.soci.index.SpanStream;
import dev.sluice.soci.index.ZtocDescriptor;
import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.Ztoc;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads one file of a layer. */
@Command(
    name = "get-file",
    description = "Print a file of an image; only the spans that hold it are fetched.")
final class ZtocGetFileCommand implements Callable<Integer> {
  /** Hard links lead to regular files; a chain longer than this is a loop. */
  private static final int MAX_LINKS = 16;

  private final Console console;

  @Parameters(index = "0", paramLabel = "SUBJECT", description = "An image, or a ztoc file.")
  private String subject;

  @Parameters(index = "1", paramLabel = "PATH", description = "The file in the image.")
  private String path;

  @Option(
      names = "--layer",
      paramLabel = "DIGEST",
      description = "Look only in this layer (default: all that are indexed, highest first).")
  private @Nullable String layer;

  @Option(
      names = "--blob",
      paramLabel = "FILE",
      description = "The layer that belongs to a ztoc file.")
  private @Nullable Path blob;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Write to this file (default: standard output).")
  private @Nullable Path output;

  @Mixin private IndexedImage indexed;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ZtocGetFileCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (ZtocSubject.isFile(subject)) {
      fromFiles();
    } else {
      fromImage();
    }
    return 0;
  }

  private void fromFiles() throws IOException {
    if (blob == null) {
      throw new SluiceException(
          FailureKind.INVALID,
          "read " + path + " by " + subject + ": name the layer's file with --blob");
    }
    try (Ztoc ztoc = ZtocSubject.open(Path.of(subject));
        FileChannel channel = FileChannel.open(blob, StandardOpenOption.READ)) {
      TocEntry entry = LayerPath.find(ztoc, path).orElseThrow(() -> absent("in " + subject));
      write(
          ztoc, regular(ztoc, entry), (from, _) -> Channels.newInputStream(channel.position(from)));
    }
  }

  private void fromImage() throws IOException {
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(ImageLocation.parse(subject))) {
      for (ZtocDescriptor candidate : IndexedImage.ztocs(indexed.find(store), layer)) {
        try (Ztoc ztoc = ZtocSubject.open(store, candidate)) {
          Optional<TocEntry> entry = LayerPath.find(ztoc, path);
          if (entry.isPresent()) {
            var blobOf =
                Descriptor.of(candidate.layerMediaType(), candidate.layer(), ztoc.compressedSize());
            write(
                ztoc, regular(ztoc, entry.get()), (from, to) -> store.openRange(blobOf, from, to));
            return;
          }
        }
      }
      throw absent("in any indexed layer of " + store);
    }
  }

  private TocEntry regular(Ztoc ztoc, TocEntry entry) {
    TocEntry at = entry;
    for (int i = 0; i < MAX_LINKS && at.type() == TocEntry.Type.HARDLINK; i++) {
      String target = new String(at.linkName(), java.nio.charset.StandardCharsets.UTF_8);
      at = LayerPath.find(ztoc, target).orElseThrow(() -> absent("as " + target));
    }
    if (at.type() != TocEntry.Type.REG) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read %s: it is a %s, not a regular file".formatted(path, at.type().word()),
          at.linkName().length == 0
              ? null
              : "it leads to " + new String(at.linkName(), java.nio.charset.StandardCharsets.UTF_8),
          null);
    }
    return at;
  }

  private void write(Ztoc ztoc, TocEntry entry, SpanStream.Blob from) throws IOException {
    long start = entry.offset();
    try (InputStream in = new SpanStream(ztoc.spans(), from, start, start + entry.contentSize())) {
      if (output == null) {
        in.transferTo(console.out());
        return;
      }
      try (OutputStream out = Files.newOutputStream(output)) {
        in.transferTo(out);
      }
    }
  }

  private SluiceException absent(String where) {
    return new SluiceException(
        FailureKind.NOT_FOUND, "read " + path + ": there is no such file " + where);
  }
}
