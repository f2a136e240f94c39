package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ztocs that lie: each gets an error that names what is wrong, and costs little. */
@Timeout(120)
class HostileZtocTest {
  private static final long SEED = 42;
  private static final long BLOB_SIZE = 100_000;
  private static final long TAR_SIZE = 200_000;

  private static byte[] layer;
  private static byte[] honest;

  @BeforeAll
  static void buildAnHonestOne() throws IOException {
    RandomLayers layers = new RandomLayers(new Random(SEED));
    byte[] tar = layers.tar(60);
    while (tar.length < 300_000) {
      tar = layers.tar(60);
    }
    layer = layers.gzip(tar);
    honest = Layers.build(layer, Compression.GZIP, 70_000).ztoc();
    assertThat(ZtocReader.read(honest, Limits.DEFAULT).spans().count()).isGreaterThan(2);
  }

  // Every byte can be wrong.

  @Test
  void truncatedAnywhere() {
    Random random = new Random(SEED);
    // The last byte is the NUL behind a string, which nobody reads.
    for (int length = 0; length < honest.length - 1; length += 1 + random.nextInt(200)) {
      byte[] part = Arrays.copyOf(honest, length);
      assertThatThrownBy(() -> ZtocReader.read(part, Limits.DEFAULT))
          .as("seed %d, %d bytes", SEED, length)
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isIn(refusals()));
    }
  }

  @Test
  void anyByteChanged() {
    Random random = new Random(SEED);
    for (int i = 0; i < 3000; i++) {
      byte[] bent = honest.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bent[interesting(random)] = (byte) random.nextInt();
      }
      Throwable thrown = catchThrowable(() -> useAll(bent));
      if (thrown != null) {
        assertThat(thrown).as("seed %d, round %d", SEED, i).isInstanceOf(SluiceException.class);
        assertThat(((SluiceException) thrown).kind()).isIn(refusals());
      }
    }
  }

  /** Mostly outside of the windows, where nearly all bytes matter. */
  private static int interesting(Random random) {
    int from = random.nextInt(10) == 0 ? random.nextInt(honest.length) : random.nextInt(600);
    return random.nextBoolean() ? from : honest.length - 1 - from * 8 % honest.length;
  }

  private static void useAll(byte[] bytes) {
    Ztoc ztoc = ZtocReader.read(bytes, Limits.DEFAULT);
    SpanTable spans = ztoc.spans();
    for (int i = 0; i < spans.count(); i++) {
      if (spans.compressedEnd(i) <= layer.length) {
        Layers.inflate(spans, i, layer);
      }
    }
    ztoc.entries().forEach(e -> assertThat(e.toString() + e.xattrs()).isNotEmpty());
  }

  private static List<FailureKind> refusals() {
    return List.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  // Spans.

  @Test
  void checkpointsThatGoBack() {
    refused(gzip(new long[] {10, 9}, new long[] {0, 100}, 0), "does not come after the one before");
    refused(gzip(new long[] {10, 20}, new long[] {5, 100}, 0), "does not come after");
    refused(gzip(new long[] {10, 20}, new long[] {0, -1}, 0), "does not come after");
    refused(gzip(new long[] {10, 20, 30}, new long[] {0, 7, 0}, 0), "does not come after");
    refused(gzip(new long[] {10, 20, 30}, new long[] {0, 7, 7}, 0), "does not come after");
    refused(gzip(new long[] {Long.MIN_VALUE}, new long[] {0}, 0), "does not come after");
  }

  @Test
  void checkpointsOutsideOfTheBlob() {
    refused(gzip(new long[] {10, BLOB_SIZE}, new long[] {0, 100}, 0), "of a blob of 100000 bytes");
    refused(gzip(new long[] {10, Long.MAX_VALUE}, new long[] {0, 1}, 0), "of a blob of");
  }

  @Test
  void checkpointsWithImpossibleBits() {
    refused(gzip(new long[] {10}, new long[] {0}, 9), "has 9 bits");
    refused(gzip(new long[] {10}, new long[] {0}, -1), "has -1 bits");
  }

  @Test
  void spansBeyondTheLimit() {
    byte[] ztoc = gzip(new long[] {10}, new long[] {0}, 0);
    Limits limits = new Limits(1 << 20, 10, 100, 100, 10, (int) TAR_SIZE - 1);
    assertThatThrownBy(() -> ZtocReader.read(ztoc, limits))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
        .hasMessageContaining("span 0 has 200000 bytes");
    Limits fewer = new Limits(1 << 20, 10, 100, 100, 0, 1 << 20);
    assertThatThrownBy(() -> ZtocReader.read(ztoc, fewer)).hasMessageContaining("it has 1 spans");
    Limits shorter = new Limits(100, 10, 100, 100, 10, 1 << 20);
    assertThatThrownBy(() -> ZtocReader.read(ztoc, shorter)).hasMessageContaining("the limit of");
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, 1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void wrongNumberOfSpans(int maxSpanId) throws IOException {
    refused(write(oneSpan(), maxSpanId, 1, digests(1)), "span");
  }

  @Test
  void wrongDigests() throws IOException {
    refused(write(oneSpan(), 0, 1, digests(2)), "it has 2 span digests for 1 spans");
    byte[][] odd = {"sha256:xyz".getBytes(StandardCharsets.US_ASCII)};
    refused(write(oneSpan(), 0, 1, odd), "the digest of span 0 is no sha256 digest");
  }

  @Test
  void checkpointBlobOfTheWrongLength() throws IOException {
    byte[] blob = oneSpan();
    refused(write(Arrays.copyOf(blob, 11), 0, 1, digests(1)), "has only 11 bytes");
    refused(write(Arrays.copyOf(blob, blob.length - 1), 0, 1, digests(1)), "instead of 32797");
    ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 7);
    refused(write(blob, 0, 1, digests(1)), "it has 7 checkpoints for 1 spans");
  }

  @Test
  void unknownCompression() throws IOException {
    refused(write(oneSpan(), 0, 7, digests(1)), "compression algorithm number 7");
  }

  @Test
  void uncompressedSpansThatDoNotFit() throws IOException {
    refused(write(ZtocWriter.tar(2, 0, BLOB_SIZE), 0, 2, digests(1)), "do not fit a blob");
    refused(write(ZtocWriter.tar(2, -5, BLOB_SIZE), 0, 2, digests(1)), "do not fit a blob");
    refused(write(ZtocWriter.tar(2, 1 << 20, 5), 0, 2, digests(1)), "do not fit a blob");
  }

  @Test
  void noSpanButATar() throws IOException {
    refused(write(new byte[12], -1, 1, digests(0)), "no span for a tar of 200000 bytes");
  }

  @Test
  void bytesThatAreNotTheSpan() {
    SpanTable spans = ZtocReader.read(honest, Limits.DEFAULT).spans();
    byte[] bent = layer.clone();
    int at = (int) spans.compressedStart(1) + 5;
    bent[at] ^= 1;
    assertThatThrownBy(() -> Layers.inflate(spans, 1, bent))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
        .hasMessageContaining("span 1")
        .hasMessageContaining(spans.digest(1).toString());
    assertThat(Layers.inflate(spans, 1, layer)).isNotEmpty();
  }

  @Test
  void bytesThatHaveTheDigestButDoNotInflate() throws IOException {
    byte[] noise = new byte[(int) BLOB_SIZE];
    new Random(SEED).nextBytes(noise);
    noise[10] = 7; // an invalid block type
    for (byte[] blob : List.of(noise, new byte[(int) BLOB_SIZE])) {
      byte[] digest =
          ("sha256:" + Digest.sha256(Arrays.copyOfRange(blob, 10, blob.length)).hex())
              .getBytes(StandardCharsets.US_ASCII);
      Ztoc ztoc = ZtocReader.read(write(oneSpan(), 0, 1, new byte[][] {digest}), Limits.DEFAULT);
      assertThatThrownBy(() -> Layers.inflate(ztoc.spans(), 0, blob))
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
          .hasMessageContaining("inflate span 0");
    }
  }

  @Test
  void buffersOfTheWrongSize() {
    SpanTable spans = ZtocReader.read(honest, Limits.DEFAULT).spans();
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(
              () -> spans.verifyAndInflate(0, ByteBuffer.allocate(3), arena.allocate(10)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() ->
              spans.verifyAndInflate(spans.count(), ByteBuffer.allocate(3), arena.allocate(10)))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  // Entries.

  @Test
  void entriesThatOverlap() throws IOException {
    refused(entries(file("a", 512, 1000), file("b", 1536, 5)), "'b' at 1536 overlaps");
    refused(entries(file("a", 512, 0), file("b", 512, 0)), "'b' at 512 overlaps");
    refused(entries(file("a", 0, 0)), "'a' at 0 overlaps");
    refused(entries(file("a", -512, 0)), "overlaps");
  }

  @Test
  void entriesOutsideOfTheTar() throws IOException {
    refused(entries(file("a", 512, TAR_SIZE)), "is not inside a tar of 200000");
    refused(entries(file("a", TAR_SIZE + 1, 0)), "is not inside a tar");
    refused(entries(file("a", 512, Long.MAX_VALUE)), "is not inside a tar");
    refused(entries(file("a", 512, -1)), "is not inside a tar");
    refused(entries(file("a", Long.MAX_VALUE, Long.MAX_VALUE)), "is not inside a tar");
  }

  @Test
  void namesThatNoFileCanHave() throws IOException {
    refused(entries(file("a\0b", 512, 0)), "entry 0's name has a NUL byte");
    refused(entries(file("n".repeat(4097), 512, 0)), "entry 0's name has 4097 bytes");
    TocEntry link =
        new TocEntry.Builder(TocEntry.Type.SYMLINK, new byte[] {'l'})
            .linkName(new byte[] {'x', 0})
            .content(512, 0)
            .build();
    refused(entries(link), "entry 0's link target has a NUL byte");
  }

  @Test
  void unknownTypes() throws IOException {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    ZtocWriter.write(
        ztoc(List.of(file("a", 512, 0))),
        new ZtocWriter.Whole(oneSpan()),
        0,
        digests(1),
        1,
        type -> "socket",
        sink);
    refused(sink.toByteArray(), "unknown type 'socket'");
  }

  @Test
  void aMillionEntriesThatShareOneLongName() {
    FlatWriter out = new FlatWriter();
    long name = out.string(new byte[4096 - 1]);
    long type = out.string("reg".getBytes(StandardCharsets.US_ASCII));
    out.startTable(ZtocFields.ENTRY_FIELDS);
    out.addReference(ZtocFields.ENTRY_NAME, name);
    out.addReference(ZtocFields.ENTRY_TYPE, type);
    long entry = out.endTable();
    long[] places = new long[1_000_000];
    Arrays.fill(places, entry);
    long list = out.references(places, places.length);
    refused(finish(out, list), "NUL byte");

    FlatWriter again = new FlatWriter();
    byte[] letters = new byte[4095];
    Arrays.fill(letters, (byte) 'a');
    name = again.string(letters);
    type = again.string("reg".getBytes(StandardCharsets.US_ASCII));
    again.startTable(ZtocFields.ENTRY_FIELDS);
    again.addReference(ZtocFields.ENTRY_NAME, name);
    again.addReference(ZtocFields.ENTRY_TYPE, type);
    Arrays.fill(places, again.endTable());
    list = again.references(places, places.length);
    refused(finish(again, list), "share bytes beyond measure");
  }

  @Test
  void listsThatClaimMoreThanThereIs() {
    // Each length word of the honest ztoc in turn becomes giant.
    int refused = 0;
    for (int at = 0; at + 4 <= honest.length; at += at < 2000 ? 4 : 4096) {
      byte[] bent = honest.clone();
      ByteBuffer.wrap(bent).order(ByteOrder.LITTLE_ENDIAN).putInt(at, -1);
      Throwable thrown = catchThrowable(() -> ZtocReader.read(bent, Limits.DEFAULT));
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(SluiceException.class);
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(5);
  }

  // Making them.

  private static void refused(byte[] ztoc, String why) {
    assertThatThrownBy(() -> ZtocReader.read(ztoc, Limits.DEFAULT))
        .isInstanceOfSatisfying(SluiceException.class, e -> assertThat(e.kind()).isIn(refusals()))
        .hasMessageStartingWith("read ztoc: ")
        .hasMessageContaining(why);
  }

  private static byte[] finish(FlatWriter out, long entries) {
    out.startTable(ZtocFields.TOC_FIELDS);
    out.addReference(ZtocFields.TOC_METADATA, entries);
    long toc = out.endTable();
    long checkpoints = out.string(new byte[12]);
    out.startTable(ZtocFields.COMPRESSION_INFO_FIELDS);
    out.addInt(ZtocFields.MAX_SPAN_ID, -1);
    out.addReference(ZtocFields.CHECKPOINTS, checkpoints);
    long info = out.endTable();
    out.startTable(ZtocFields.ZTOC_FIELDS);
    out.addReference(ZtocFields.TOC, toc);
    out.addReference(ZtocFields.COMPRESSION_INFO, info);
    out.finish(out.endTable());
    return out.head();
  }

  private static byte[] gzip(long[] in, long[] out, int bits) {
    byte[] allBits = new byte[in.length];
    Arrays.fill(allBits, (byte) bits);
    Checkpoints checkpoints =
        new Checkpoints(Compression.GZIP, 4, BLOB_SIZE, in, out, allBits, new byte[32 * in.length]);
    return ZtocWriter.write(
        new Ztoc(
            "0.9",
            "t",
            BLOB_SIZE,
            TAR_SIZE,
            new SpanTable(checkpoints, (checkpoint, into) -> {}, TAR_SIZE),
            List.of()));
  }

  private static byte[] oneSpan() {
    byte[] blob = new byte[12 + 17 + 32768];
    ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putLong(4 << 20).putLong(10);
    return blob;
  }

  private static byte[][] digests(int count) {
    String text = "sha256:" + HexFormat.of().formatHex(new byte[32]);
    return IntStream.range(0, count)
        .mapToObj(i -> text.getBytes(StandardCharsets.US_ASCII))
        .toArray(byte[][]::new);
  }

  private static byte[] entries(TocEntry... entries) throws IOException {
    return write(List.of(entries), oneSpan(), 0, 1, digests(1));
  }

  private static byte[] write(byte[] blob, int maxSpanId, int algorithm, byte[][] digests)
      throws IOException {
    return write(List.of(), blob, maxSpanId, algorithm, digests);
  }

  private static byte[] write(
      List<TocEntry> entries, byte[] blob, int maxSpanId, int algorithm, byte[][] digests)
      throws IOException {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    ZtocWriter.write(
        ztoc(entries),
        new ZtocWriter.Whole(blob),
        maxSpanId,
        digests,
        algorithm,
        TocEntry.Type::word,
        sink);
    return sink.toByteArray();
  }

  private static Ztoc ztoc(List<TocEntry> entries) {
    Checkpoints none =
        new Checkpoints(Compression.GZIP, 0, 0, new long[0], new long[0], new byte[0], new byte[0]);
    return new Ztoc("0.9", "t", BLOB_SIZE, TAR_SIZE, new SpanTable(none, Windows.NONE, 0), entries);
  }

  private static TocEntry file(String name, long offset, long size) {
    return new TocEntry.Builder(TocEntry.Type.REG, name.getBytes(StandardCharsets.UTF_8))
        .content(offset, size)
        .build();
  }
}
