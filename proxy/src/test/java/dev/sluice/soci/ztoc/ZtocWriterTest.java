package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes of small ztocs, against vectors that other writers made. */
class ZtocWriterTest {
  private static final byte[] NOTHING = {};
  private static final long MTIME = 1704164645;

  /** The vector of AWS's own test of their writer. */
  @Test
  void golden() throws IOException {
    TocEntry zero =
        new TocEntry.Builder(TocEntry.Type.REG, NOTHING).mtime(-62135596800L, 0).build();
    byte[] bytes =
        write("AWS SOCI CLI", 2000000, 2500000, List.of(zero, zero), new byte[65536], 3, 1, "");
    assertThat(bytes).hasSize(65928);
    assertThat(Digest.sha256(bytes).hex())
        .isEqualTo("eba28fdf50b1b57543f57dd051b2468c1d4f57b64d2006c75aa4de1d03e6c7ec");
  }

  @Test
  void fourKindsOfEntries() throws IOException {
    byte[] checkpoints = new byte[256];
    for (int i = 0; i < checkpoints.length; i++) {
      checkpoints[i] = (byte) i;
    }
    List<TocEntry> entries =
        List.of(
            entry(TocEntry.Type.DIR, "etc/", 512, 0).mode(0755).mtime(MTIME, 0).build(),
            entry(TocEntry.Type.REG, "etc/passwd", 1024, 11)
                .mode(0644)
                .owner(1, 2)
                .ownerNames(ascii("root"), ascii("wheel"))
                .mtime(MTIME, 123456789)
                .pax(
                    List.of(
                        new Attribute(ascii("SCHILY.xattr.user.a"), ascii("b")),
                        new Attribute(ascii("mtime"), ascii("1704164645.123456789"))))
                .build(),
            entry(TocEntry.Type.SYMLINK, "bin/sh", 2048, 0)
                .linkName(ascii("busybox"))
                .mode(0777)
                .mtime(MTIME, 0)
                .build(),
            entry(TocEntry.Type.CHAR, "dev/null", 2560, 0)
                .mode(0666)
                .device(1, 3)
                .mtime(MTIME, 0)
                .build());
    byte[] bytes =
        write("AWS SOCI CLI v0.2", 123, 4096, entries, checkpoints, 0, 1, null, "ab".repeat(32));
    assertThat(bytes).hasSize(1336);
    assertThat(Digest.sha256(bytes).hex())
        .isEqualTo("888e9798990e91d18d567b8e1438a0b43cc5e649e4ae5586551319ce94051895");
  }

  @Test
  void uncompressed() throws IOException {
    TocEntry file = entry(TocEntry.Type.REG, "a", 512, 3).mode(0644).mtime(MTIME, 0).build();
    byte[] bytes =
        write(
            "AWS SOCI CLI v0.2",
            2048,
            2048,
            List.of(file),
            new byte[] {1, 2, 3},
            1,
            2,
            null,
            "00".repeat(32),
            "11".repeat(32));
    assertThat(bytes).hasSize(488);
    assertThat(Digest.sha256(bytes).hex())
        .isEqualTo("d7288bdd1943f6770f7cfe8cab4c0488eabe06ad47d7e839c7d51f6bd3258a1e");
  }

  @Test
  void checkpointsOfAnUncompressedLayer() {
    assertThat(HexFormat.of().formatHex(ZtocWriter.tar(2, 4 << 20, 10485760)))
        .isEqualTo(
            "140000000000000000000a001c0018000c0004000a0000000000a00000000000"
                + "00004000000000000000000002000000");
  }

  private static byte[] write(
      String tool,
      long compressedSize,
      long tarSize,
      List<TocEntry> entries,
      byte[] checkpoints,
      int maxSpanId,
      int algorithm,
      String typeWord,
      String... digests)
      throws IOException {
    Checkpoints none =
        new Checkpoints(Compression.GZIP, 0, 0, new long[0], new long[0], new byte[0], new byte[0]);
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    ZtocWriter.write(
        new Ztoc(
            Ztoc.VERSION,
            tool,
            compressedSize,
            tarSize,
            new SpanTable(none, Windows.NONE, 0),
            entries),
        new ZtocWriter.Whole(checkpoints),
        maxSpanId,
        Arrays.stream(digests).map(hex -> ascii("sha256:" + hex)).toArray(byte[][]::new),
        algorithm,
        type -> typeWord == null ? type.word() : typeWord,
        sink);
    return sink.toByteArray();
  }

  private static TocEntry.Builder entry(TocEntry.Type type, String name, long offset, long size) {
    return new TocEntry.Builder(type, ascii(name)).content(offset, size);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
