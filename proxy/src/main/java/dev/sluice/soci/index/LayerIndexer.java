package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocReader;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes the ztoc of one layer, or takes over an earlier one. Used by several threads. */
final class LayerIndexer {
  private static final int READ_BYTES = 1 << 18;
  private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);

  private final ImageStore source;
  private final ImageStore layers;
  private final IndexOptions options;
  private final BuildListener listener;
  private final PrefetchFinder prefetch;
  private final Path spool;

  /**
   * @param spool an empty directory that the caller removes; ztocs are left in it
   */
  LayerIndexer(
      ImageStore source,
      ImageStore layers,
      IndexOptions options,
      BuildListener listener,
      Path spool) {
    this.source = source;
    this.layers = layers;
    this.options = options;
    this.listener = listener;
    this.prefetch = new PrefetchFinder(options.prefetchPaths());
    this.spool = spool;
  }

  /** Null if the layer is to have no ztoc; the listener knows why. */
  @Nullable LayerZtoc index(Descriptor layer, ExistingZtocs existing) {
    if (layer.mediaType().equals(MediaTypes.SOCI_PREFETCH)) {
      return null;
    }
    LayerFormat format = LayerFormat.of(layer.mediaType());
    if (format == LayerFormat.NONE) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "index %s of %s: its media type '%s' is not a layer's"
              .formatted(layer.digest(), source, layer.mediaType()));
    }
    if (layer.size() < options.minLayerSize()) {
      listener.skipped(
          layer,
          "%d bytes, less than the smallest layer size of %d"
              .formatted(layer.size(), options.minLayerSize()));
      return null;
    }
    Compression compression = format.compression();
    if (compression == null) {
      listener.skipped(layer, "'" + layer.mediaType() + "' can't be read at random places");
      return null;
    }
    Optional<LayerZtoc> earlier =
        existing.ztocOf(layer.digest()).flatMap(ztoc -> reuse(layer, ztoc));
    return earlier.isPresent() ? earlier.get() : build(layer, compression);
  }

  private Optional<LayerZtoc> reuse(Descriptor layer, Descriptor ztoc) {
    Descriptor bare = Descriptor.of(MediaTypes.SOCI_ZTOC, ztoc.digest(), ztoc.size());
    try {
      Path file = Files.createTempFile(spool, "old-", ".ztoc");
      try (InputStream in = source.openBlob(bare);
          OutputStream out = Files.newOutputStream(file)) {
        in.transferTo(out);
      }
      try (Ztoc read = ZtocReader.open(file, Limits.DEFAULT)) {
        if (read.compressedSize() != layer.size()) {
          listener.note("ztoc %s is not reused: it is of another layer".formatted(ztoc.digest()));
          return Optional.empty();
        }
        listener.reused(layer, bare);
        return Optional.of(new LayerZtoc(annotated(bare, layer, read), file, prefetch.in(read)));
      }
    } catch (SluiceException e) {
      listener.note("ztoc %s is not reused: %s".formatted(ztoc.digest(), e.getMessage()));
      return Optional.empty();
    } catch (IOException e) {
      throw local("read ztoc " + ztoc.digest(), e);
    }
  }

  private LayerZtoc build(Descriptor layer, Compression compression) {
    BuildListener.LayerProgress progress = listener.building(layer);
    boolean done = false;
    try (InputStream in = new CountedStream(layers.openBlob(layer), progress);
        BuiltZtoc built = ZtocBuilder.build(in, compression, buildOptions())) {
      Ztoc ztoc = built.ztoc();
      // Reading to the end is what verifies the layer's digest.
      in.transferTo(OutputStream.nullOutputStream());
      Path file = Files.createTempFile(spool, "new-", ".ztoc");
      Descriptor descriptor = write(ztoc, file);
      progress.built(descriptor, ztoc.spans().count(), ztoc.entries().size());
      done = true;
      return new LayerZtoc(annotated(descriptor, layer, ztoc), file, prefetch.in(ztoc));
    } catch (SluiceException e) {
      throw new SluiceException(
          e.kind(),
          "index layer %s of %s: %s".formatted(layer.digest(), source, e.getMessage()),
          e.advice(),
          e);
    } catch (IOException e) {
      throw local("index layer " + layer.digest() + " of " + source, e);
    } finally {
      if (!done) {
        progress.failed();
      }
    }
  }

  private BuildOptions buildOptions() {
    return BuildOptions.of(options.buildTool())
        .withSpanSize(options.spanSize())
        .withTemporaryDirectory(spool);
  }

  private static Descriptor write(Ztoc ztoc, Path file) throws IOException {
    MessageDigest digester = Digest.newSha256();
    try (OutputStream out =
        new DigestOutputStream(
            new BufferedOutputStream(Files.newOutputStream(file), READ_BYTES), digester)) {
      ZtocWriter.write(ztoc, out);
    }
    return Descriptor.of(MediaTypes.SOCI_ZTOC, Digest.sha256Of(digester), Files.size(file));
  }

  private Descriptor annotated(Descriptor ztoc, Descriptor layer, Ztoc toc) {
    var annotations = new TreeMap<String, String>();
    annotations.put(Annotations.LAYER_DIGEST, layer.digest().toString());
    annotations.put(Annotations.LAYER_MEDIA_TYPE, layer.mediaType());
    annotations.put(Annotations.SPAN_SIZE, Long.toString(options.spanSize()));
    if (options.markXattrs() && hasNoXattrs(toc)) {
      annotations.put(Annotations.DISABLE_XATTRS, "true");
    }
    return new Descriptor(
        ztoc.mediaType(), ztoc.digest(), ztoc.size(), ztoc.urls(), annotations, null, null, null);
  }

  /** An opaque directory is shown by an extended attribute, so it counts as one. */
  private static boolean hasNoXattrs(Ztoc ztoc) {
    for (TocEntry entry : ztoc.entries()) {
      if (!entry.xattrs().isEmpty() || endsWith(entry.name(), OPAQUE)) {
        return false;
      }
    }
    return true;
  }

  private static boolean endsWith(byte[] name, byte[] end) {
    int from = name.length - end.length;
    return from >= 0 && java.util.Arrays.equals(name, from, name.length, end, 0, end.length);
  }

  private static SluiceException local(String action, IOException e) {
    return new SluiceException(FailureKind.LOCAL_IO, action + ": " + e.getMessage(), e);
  }

  /** Tells the listener how far it is. */
  private static final class CountedStream extends java.io.FilterInputStream {
    private final BuildListener.LayerProgress progress;

    CountedStream(InputStream in, BuildListener.LayerProgress progress) {
      super(in);
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      if (b >= 0) {
        progress.read(1);
      }
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
      int n = in.read(buffer, offset, count);
      if (n > 0) {
        progress.read(n);
      }
      return n;
    }
  }
}
