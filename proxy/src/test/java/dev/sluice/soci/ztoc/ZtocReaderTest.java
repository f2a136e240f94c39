package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader must accept although no writer of today makes it. */
class ZtocReaderTest {
  private static final int SPAN_SIZE = 50_000;

  /** Before 2023 the first checkpoint was left out. */
  @Test
  void checkpointsOfVersionOne() throws IOException {
    byte[] tar = tar();
    byte[] layer = plainGzip(tar);
    Ztoc today = ZtocReader.read(build(layer), Limits.DEFAULT);
    byte[] old = rewrite(today, today.entries(), true);

    Ztoc read = ZtocReader.read(old, Limits.DEFAULT);
    assertThat(old).hasSizeLessThan(build(layer).length - 32_000);
    assertThat(read.spans().count()).isEqualTo(today.spans().count()).isGreaterThan(2);
    Layers.checkSpans(read, layer, tar);
  }

  @Test
  void entriesInAnyOrder() throws IOException {
    Ztoc sorted = ZtocReader.read(build(plainGzip(tar())), Limits.DEFAULT);
    List<TocEntry> reversed = new ArrayList<>(sorted.entries());
    Collections.reverse(reversed);
    Ztoc read = ZtocReader.read(rewrite(sorted, reversed, false), Limits.DEFAULT);
    assertThat(read.entries()).isEqualTo(sorted.entries()).hasSizeGreaterThan(5);
  }

  @Test
  void absentTextsAndLists() {
    FlatWriter out = new FlatWriter();
    long type = out.string("dir".getBytes(StandardCharsets.US_ASCII));
    out.startTable(ZtocFields.ENTRY_FIELDS);
    out.addReference(ZtocFields.ENTRY_TYPE, type);
    out.addLong(ZtocFields.ENTRY_OFFSET, 512);
    long entry = out.endTable();
    long list = out.references(new long[] {entry}, 1);
    out.startTable(ZtocFields.TOC_FIELDS);
    out.addReference(ZtocFields.TOC_METADATA, list);
    long toc = out.endTable();
    long digest =
        out.string(
            ("sha256:" + HexFormat.of().formatHex(new byte[32]))
                .getBytes(StandardCharsets.US_ASCII));
    long digests = out.references(new long[] {digest}, 1);
    byte[] blob = new byte[12 + 17 + 32768];
    blob[0] = 1;
    blob[12] = 10;
    long checkpoints = out.string(blob);
    out.startTable(ZtocFields.COMPRESSION_INFO_FIELDS);
    out.addReference(ZtocFields.SPAN_DIGESTS, digests);
    out.addReference(ZtocFields.CHECKPOINTS, checkpoints);
    long info = out.endTable();
    out.startTable(ZtocFields.ZTOC_FIELDS);
    out.addReference(ZtocFields.TOC, toc);
    out.addReference(ZtocFields.COMPRESSION_INFO, info);
    out.addLong(ZtocFields.COMPRESSED_SIZE, 100);
    out.addLong(ZtocFields.UNCOMPRESSED_SIZE, 1024);
    out.finish(out.endTable());

    Ztoc ztoc = ZtocReader.read(out.head(), Limits.DEFAULT);
    assertThat(ztoc.version()).isEmpty();
    assertThat(ztoc.spans().compression()).isEqualTo(Compression.GZIP);
    assertThat(ztoc.entries()).hasSize(1);
    TocEntry only = ztoc.entries().getFirst();
    assertThat(only.name()).isEmpty();
    assertThat(only.linkName()).isEmpty();
    assertThat(only.pax()).isEmpty();
    assertThat(only.mtimeSeconds()).isZero();
  }

  /** AWS writes two checkpoints at 0 if the first block is empty, and some behind the end mark. */
  @Test
  void spansWithoutABytesOfTheTarAreLeftOut() throws IOException {
    byte[] tar = tar();
    byte[] padded = Arrays.copyOf(tar, tar.length + 5 * SPAN_SIZE);
    byte[] noise = new byte[4 * SPAN_SIZE];
    new Random(7).nextBytes(noise);
    System.arraycopy(noise, 0, padded, tar.length + SPAN_SIZE, noise.length);
    byte[] emptyBlocks = {0, 0, 0, (byte) 0xff, (byte) 0xff, 0, 0, 0, (byte) 0xff, (byte) 0xff};
    byte[] layer = gzip(emptyBlocks, padded);

    Ztoc ztoc = ZtocReader.read(build(layer), Limits.DEFAULT);
    SpanTable spans = ztoc.spans();
    assertThat(spans.numberOf(0)).isEqualTo(2);
    assertThat(spans.spanOfNumber(1)).isEqualTo(-1);
    assertThat(spans.spanOfNumber(2)).isZero();
    int all = spans.checkpoints().count();
    assertThat(spans.count()).isLessThan(all - 2);
    assertThat(spans.spanOfNumber(all - 1)).isEqualTo(-1);
    Layers.checkSpans(ztoc, layer, padded);
  }

  @Test
  void aFileThatIsNotThereOrEmpty(@TempDir Path directory) throws IOException {
    assertThatThrownBy(() -> ZtocReader.open(directory.resolve("none"), Limits.DEFAULT))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.LOCAL_IO));
    Path empty = Files.createFile(directory.resolve("empty"));
    assertThatThrownBy(() -> ZtocReader.open(empty, Limits.DEFAULT))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT));
  }

  @Test
  void windowsOfAFileThatWasTruncated(@TempDir Path directory) throws IOException {
    byte[] layer = plainGzip(tar());
    Path file = Files.write(directory.resolve("ztoc"), build(layer));
    try (Ztoc ztoc = ZtocReader.open(file, Limits.DEFAULT)) {
      Files.write(file, new byte[100]);
      int last = ztoc.spans().count() - 1;
      assertThatThrownBy(() -> Layers.inflate(ztoc.spans(), last, layer))
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.LOCAL_IO))
          .hasMessageContaining("inflate span " + last);
    }
  }

  private static byte[] tar() throws IOException {
    RandomLayers layers = new RandomLayers(new Random(11));
    byte[] tar = layers.tar(60);
    while (tar.length < 5 * SPAN_SIZE) {
      tar = layers.tar(60);
    }
    return tar;
  }

  private static byte[] build(byte[] layer) throws IOException {
    return Layers.build(layer, Compression.GZIP, SPAN_SIZE).ztoc();
  }

  private static byte[] rewrite(Ztoc ztoc, List<TocEntry> entries, boolean versionOne)
      throws IOException {
    Checkpoints all = ztoc.spans().checkpoints();
    byte[] whole = ZtocWriter.write(ztoc);
    byte[] header = new byte[12];
    header[0] = (byte) all.count();
    header[4] = (byte) SPAN_SIZE;
    header[5] = (byte) (SPAN_SIZE >> 8);
    int at = indexOf(whole, header);
    byte[] blob = Arrays.copyOfRange(whole, at, at + 12 + 32785 * all.count());
    if (versionOne) {
      byte[] shorter = new byte[blob.length - 32785];
      System.arraycopy(blob, 0, shorter, 0, 12);
      System.arraycopy(blob, 12 + 32785, shorter, 12, shorter.length - 12);
      blob = shorter;
    }
    byte[][] digests = new byte[all.count()][];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = ztoc.spans().digest(i).toString().getBytes(StandardCharsets.US_ASCII);
    }
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    ZtocWriter.write(
        new Ztoc(
            ztoc.version(),
            ztoc.buildTool(),
            ztoc.compressedSize(),
            ztoc.uncompressedSize(),
            ztoc.spans(),
            entries),
        new ZtocWriter.Whole(blob),
        all.count() - 1,
        digests,
        1,
        TocEntry.Type::word,
        sink);
    return sink.toByteArray();
  }

  private static int indexOf(byte[] whole, byte[] part) {
    for (int i = 0; i + part.length <= whole.length; i++) {
      if (Arrays.equals(whole, i, i + 7, part, 0, 7)) {
        return i;
      }
    }
    throw new AssertionError("no checkpoint blob found");
  }

  private static byte[] plainGzip(byte[] content) {
    return gzip(new byte[0], content);
  }

  private static byte[] gzip(byte[] firstBlocks, byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    bytes.writeBytes(firstBlocks);
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(content);
    deflater.finish();
    byte[] buffer = new byte[65536];
    while (!deflater.finished()) {
      bytes.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    CRC32 crc = new CRC32();
    crc.update(content);
    for (int i = 0; i < 4; i++) {
      bytes.write((int) (crc.getValue() >> (8 * i)));
    }
    for (int i = 0; i < 4; i++) {
      bytes.write(content.length >> (8 * i));
    }
    return bytes.toByteArray();
  }
}
