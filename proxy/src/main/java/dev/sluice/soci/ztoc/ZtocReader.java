package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Reads ztocs, which are hostile until read: each failure is a {@link SluiceException} of kind
 * {@link FailureKind#CORRUPT}, or {@link FailureKind#UNSUPPORTED} if Sluice knows no such thing or
 * a limit is exceeded.
 */
public final class ZtocReader {
  private static final String TOC = "table of contents";

  private ZtocReader() {}

  /** Reads a ztoc from memory, which it keeps because of the windows. */
  public static Ztoc read(byte[] bytes, Limits limits) {
    return parse(
        ByteBuffer.wrap(bytes), limits, (first, stride) -> Windows.inMemory(bytes, first, stride));
  }

  /**
   * Reads a ztoc from a local file that nobody changes. The windows stay in the file, which is kept
   * open until the ztoc is closed.
   *
   * @throws SluiceException also {@link FailureKind#LOCAL_IO} if the file can't be read
   */
  public static Ztoc open(Path file, Limits limits) {
    FileChannel channel = null;
    try (Arena arena = Arena.ofConfined()) {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      FileChannel opened = channel;
      if (opened.size() > limits.ztocBytes()) {
        throw tooLong(opened.size(), limits);
      }
      ByteBuffer bytes =
          opened.map(FileChannel.MapMode.READ_ONLY, 0, opened.size(), arena).asByteBuffer();
      Ztoc ztoc = parse(bytes, limits, (first, stride) -> Windows.inFile(opened, first, stride));
      if (ztoc.spans().compression() == Compression.UNCOMPRESSED) {
        channel.close();
      }
      channel = null;
      return ztoc;
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read ztoc " + file + ": " + e.getMessage(), e);
    } finally {
      closeQuietly(channel);
    }
  }

  /** How many entries a ztoc in a file claims; nothing else of it is looked at. */
  public static int countEntries(Path file, Limits limits) {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > limits.ztocBytes()) {
        throw tooLong(channel.size(), limits);
      }
      FlatTable root =
          FlatTable.root(
              channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena).asByteBuffer());
      return root.has(ZtocFields.TOC)
          ? root.table(ZtocFields.TOC, TOC).vector(ZtocFields.TOC_METADATA, 4, TOC).count()
          : 0;
    } catch (IndexOutOfBoundsException e) {
      throw outside(e);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read ztoc " + file + ": " + e.getMessage(), e);
    }
  }

  private static SluiceException outside(IndexOutOfBoundsException e) {
    return new SluiceException(
        FailureKind.CORRUPT, "read ztoc: an offset leads out of it (" + e.getMessage() + ")", e);
  }

  /** Makes the windows of a gzip ztoc: where window 0 would start, and from one to the next. */
  interface WindowsAt {
    Windows at(long first, int stride);
  }

  private static Ztoc parse(ByteBuffer document, Limits limits, WindowsAt windows) {
    if (document.limit() > limits.ztocBytes()) {
      throw tooLong(document.limit(), limits);
    }
    try {
      FlatTable root = FlatTable.root(document);
      TextReader texts = new TextReader(document.limit());
      String version = texts.ascii(root, ZtocFields.VERSION, "version");
      String buildTool = texts.ascii(root, ZtocFields.BUILD_TOOL, "build tool identifier");
      long compressedSize = root.int64(ZtocFields.COMPRESSED_SIZE);
      long tarSize = root.int64(ZtocFields.UNCOMPRESSED_SIZE);
      if (compressedSize < 0 || tarSize < 0) {
        throw FlatTable.corrupt(
            "it states sizes of " + compressedSize + " and " + tarSize + " bytes");
      }
      SpanTable spans =
          new SpanTableReader(document, limits, windows, compressedSize, tarSize)
              .read(root.table(ZtocFields.COMPRESSION_INFO, "compression info"));
      List<TocEntry> entries =
          root.has(ZtocFields.TOC)
              ? new TocReader(limits, texts, tarSize).read(root.table(ZtocFields.TOC, TOC))
              : List.of();
      return new Ztoc(version, buildTool, compressedSize, tarSize, spans, entries);
    } catch (IndexOutOfBoundsException e) {
      throw outside(e);
    }
  }

  private static SluiceException tooLong(long bytes, Limits limits) {
    return new SluiceException(
        FailureKind.UNSUPPORTED,
        "read ztoc: it has %d bytes, above the limit of %d".formatted(bytes, limits.ztocBytes()));
  }

  private static void closeQuietly(@org.jspecify.annotations.Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
