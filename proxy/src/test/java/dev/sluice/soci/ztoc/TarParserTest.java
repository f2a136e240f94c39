package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading tars; the dialects and their oddities are in {@link AwsVectorsTest}. */
class TarParserTest {
  @Test
  void allFieldsOfAnEntry() throws IOException {
    TarArchiveEntry file = new TarArchiveEntry("a/" + "ü".repeat(120), TarConstants.LF_NORMAL);
    file.setMode(04755);
    file.setUserId(3_000_000_000L);
    file.setGroupId(7);
    file.setNames("alice", "staff");
    file.setSize(5);
    file.addPaxHeader("mtime", "-1.25");
    file.addPaxHeader("SCHILY.xattr.user.k", "v");
    TocEntry entry = parse(tar(Map.entry(file, "hello")), 1 << 20).getFirst();

    assertThat(entry.type()).isEqualTo(TocEntry.Type.REG);
    assertThat(entry.nameText()).isEqualTo("a/" + "ü".repeat(120));
    assertThat(entry.permissions()).isEqualTo(04755);
    assertThat(entry.uid()).isEqualTo(3_000_000_000L);
    assertThat(entry.gid()).isEqualTo(7);
    assertThat(entry.userName()).asString().isEqualTo("alice");
    assertThat(entry.groupName()).asString().isEqualTo("staff");
    assertThat(entry.contentSize()).isEqualTo(5);
    assertThat(entry.mtimeSeconds()).isEqualTo(-2);
    assertThat(entry.mtimeNanos()).isEqualTo(750_000_000);
    assertThat(entry.xattrs()).containsExactly(new Attribute(ascii("user.k"), ascii("v")));
    assertThat(entry.pax()).extracting(Attribute::keyText).isSorted().contains("path", "uid");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 511, 512, 513, 4096})
  void piecesOfAnySize(int piece) throws IOException {
    byte[] tar = new RandomLayers(new Random(3)).tar(40);
    assertThat(parse(tar, piece)).isEqualTo(parse(tar, tar.length)).isNotEmpty();
  }

  @Test
  void contentIsWhereTheEntrySays() throws IOException {
    byte[] tar =
        tar(
            Map.entry(sized("one", 600), "1".repeat(600)),
            Map.entry(sized("two", 3), "two"),
            Map.entry(sized("n".repeat(300), 4), "long"));
    List<TocEntry> entries = parse(tar, 100);
    assertThat(entries)
        .extracting(
            e -> new String(tar, (int) e.offset(), (int) e.contentSize(), StandardCharsets.UTF_8))
        .containsExactly("1".repeat(600), "two", "long");
  }

  @Test
  void whatFollowsTheEndMarkIsNoMatter() throws IOException {
    byte[] tar = tar(Map.entry(sized("one", 3), "one"));
    byte[] longer = Arrays.copyOf(tar, tar.length + 5000);
    Arrays.fill(longer, tar.length, longer.length, (byte) 'x');
    TarParser parser = new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.REFUSE);
    parser.accept(longer, 0, longer.length);
    parser.end();
    assertThat(parser.entries()).hasSize(1);
    assertThat(parser.size()).isEqualTo(4 * 512);
  }

  @Test
  void anEndInsideAnEntryIsAnError() throws IOException {
    byte[] tar = tar(Map.entry(sized("one", 600), "1".repeat(600)), Map.entry(sized("b", 0), ""));
    for (int length = 1; length < 4 * 512; length += 100) {
      boolean atABorder = length > 512 + 600 && length <= 3 * 512;
      byte[] part = Arrays.copyOf(tar, length);
      if (atABorder) {
        assertThat(parse(part, 64)).hasSize(1);
      } else {
        assertThatThrownBy(() -> parse(part, 64))
            .as("%d bytes", length)
            .isInstanceOfSatisfying(
                SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT));
      }
    }
  }

  @Test
  void globalHeadersAreRefusedOrIgnored() throws IOException {
    TarArchiveEntry global = new TarArchiveEntry("g", TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER);
    global.addPaxHeader("comment", "x");
    byte[] tar = tar(Map.entry(global, ""), Map.entry(sized("one", 3), "one"));
    assertThat(parse(tar, 1000)).extracting(TocEntry::nameText).containsExactly("one");
    TarParser strict = new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.REFUSE);
    assertThatThrownBy(() -> strict.accept(tar, 0, tar.length))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
        .hasMessageContaining("PAX header for the whole archive");
  }

  @Test
  void limitsHold() throws IOException {
    byte[] tar = tar(Map.entry(sized("one", 0), ""), Map.entry(sized("second", 0), ""));
    refused(tar, new Limits(1 << 20, 1, 100, 100, 10, 10), "more than 1 entries");
    refused(tar, new Limits(1 << 20, 9, 5, 100, 10, 10), "'second' with a name");
  }

  @Test
  void damagedHeadersNeverEndInAnotherException() throws IOException {
    long seed = 5;
    Random random = new Random(seed);
    byte[] tar = new RandomLayers(random).tar(30);
    int refused = 0;
    for (int round = 0; round < 5000; round++) {
      byte[] bent = tar.clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        bent[random.nextInt(Math.min(bent.length, 20_000))] = (byte) random.nextInt();
      }
      try {
        parse(bent, 1 + random.nextInt(3000));
      } catch (SluiceException e) {
        refused++;
        assertThat(e).as("seed %d round %d", seed, round).hasMessageStartingWith("read tar: ");
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  private static void refused(byte[] tar, Limits limits, String why) {
    TarParser parser = new TarParser(limits, TarParser.GlobalHeaders.IGNORE);
    assertThatThrownBy(() -> parser.accept(tar, 0, tar.length))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
        .hasMessageContaining(why);
  }

  private static List<TocEntry> parse(byte[] tar, int piece) {
    TarParser parser = new TarParser(Limits.DEFAULT, TarParser.GlobalHeaders.IGNORE);
    for (int at = 0; at < tar.length; at += piece) {
      parser.accept(tar, at, Math.min(tar.length, at + piece));
    }
    parser.end();
    return parser.entries();
  }

  private static TarArchiveEntry sized(String name, int size) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setModTime(0);
    return entry;
  }

  @SafeVarargs
  private static byte[] tar(Map.Entry<TarArchiveEntry, String>... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, 512, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      for (Map.Entry<TarArchiveEntry, String> entry : entries) {
        tar.putArchiveEntry(entry.getKey());
        if (!entry.getKey().isGlobalPaxHeader()) {
          tar.write(ascii(entry.getValue()));
          tar.closeArchiveEntry();
        }
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
