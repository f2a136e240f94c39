package dev.sluice.fetch;

import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocReader;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A small layer with its ztoc.
 *
 * @param blob the layer as it is pulled
 * @param tar the same, decompressed
 */
public record SampleLayer(byte[] blob, byte[] tar, Ztoc ztoc) {
  /** {@code files} files f0, f1 … of up to 100 kB each, half text and half noise. */
  public static SampleLayer make(long seed, int files, Compression compression, long spanSize)
      throws IOException {
    Random random = new Random(seed);
    ByteArrayOutputStream tarBytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(tarBytes)) {
      for (int i = 0; i < files; i++) {
        byte[] content = new byte[random.nextInt(100_000)];
        random.nextBytes(content);
        if (i % 2 == 0) {
          for (int j = 0; j < content.length; j++) {
            content[j] = (byte) ('a' + (content[j] & 7));
          }
        }
        TarArchiveEntry entry = new TarArchiveEntry("f" + i);
        entry.setSize(content.length);
        entry.setModTime(1_700_000_000_000L);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    byte[] plain = tarBytes.toByteArray();
    return of(compression == Compression.GZIP ? gzip(plain) : plain, plain, compression, spanSize);
  }

  /** The same files, compressed as several gzip members one after the other, as pigz may do. */
  public SampleLayer inMembers(int members) throws IOException {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (int i = 0; i < members; i++) {
      int from = (int) ((long) tar.length * i / members);
      int to = (int) ((long) tar.length * (i + 1) / members);
      joined.writeBytes(gzip(java.util.Arrays.copyOfRange(tar, from, to)));
    }
    return of(joined.toByteArray(), tar, Compression.GZIP, ztoc.spans().spanSize());
  }

  private static SampleLayer of(byte[] blob, byte[] plain, Compression compression, long spanSize)
      throws IOException {
    try (BuiltZtoc built =
        ZtocBuilder.build(
            new ByteArrayInputStream(blob),
            compression,
            BuildOptions.of("test").withSpanSize(spanSize))) {
      Ztoc ztoc = ZtocReader.read(ZtocWriter.write(built.ztoc()), Limits.DEFAULT);
      return new SampleLayer(blob, plain, ztoc);
    }
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }
}
