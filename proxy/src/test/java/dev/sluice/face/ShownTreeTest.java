package dev.sluice.face;

import static dev.sluice.erofs.RandomEntries.attributes;
import static dev.sluice.erofs.RandomEntries.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What programs see of a layer, by each face, is its tree. */
@NeedsRoot
@Timeout(300)
@ParameterizedClass
@EnumSource
class ShownTreeTest {
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200040000000000000000000000000000");
  private static final byte[] ACL =
      HexFormat.of()
          .parseHex(
              "0200000001000600ffffffff02000400e803000004000400ffffffff"
                  + "10000600ffffffff20000000ffffffff");

  @Parameter LayerFace face;

  private FaceStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new FaceStage(face);
  }

  @AfterEach
  void close() throws Exception {
    stage.close();
  }

  private static TocEntry.Builder make(TocEntry.Type type, String name) {
    return new TocEntry.Builder(type, bytes(name)).mode(0755).mtime(1_700_000_000L, 123_456_789);
  }

  private void isShown(List<TocEntry.Builder> builders) throws Exception {
    List<TocEntry> entries = new ArrayList<>();
    builders.forEach(builder -> entries.add(builder.build()));
    LayerTree tree = LayerTreeBuilder.build(entries);
    assertThat(stage.walk(tree)).isEqualTo(Walker.expected(tree, stage.content));
  }

  @Test
  void anEmptyLayer() throws Exception {
    isShown(List.of());
  }

  @Test
  void everyKindOfNode() throws Exception {
    isShown(
        List.of(
            make(TocEntry.Type.DIR, "./").mode(01777).owner(5, 6),
            make(TocEntry.Type.DIR, "empty/").mtime(-5, 999_999_999),
            make(TocEntry.Type.REG, "empty-file").content(512, 0),
            make(TocEntry.Type.REG, "file").content(1024, 1).mode(04711),
            make(TocEntry.Type.REG, "block").content(2048, 512),
            make(TocEntry.Type.REG, "page").content(4096 + 512, 4096).owner(65536, 65536),
            make(TocEntry.Type.REG, "long").content(512, 200_001).owner(0xffff_fffeL, 65535),
            make(TocEntry.Type.HARDLINK, "empty/again").linkName(bytes("long")),
            make(TocEntry.Type.SYMLINK, "link").linkName(bytes("../to\u00ff/nowhere")),
            make(TocEntry.Type.CHAR, "null").device(1, 3),
            make(TocEntry.Type.CHAR, "large").device(0xfff, 0xfffff),
            make(TocEntry.Type.BLOCK, "disk").device(259, 300),
            make(TocEntry.Type.FIFO, "pipe"),
            make(TocEntry.Type.REG, "below/.wh.gone"),
            make(TocEntry.Type.REG, "below/.wh..wh..opq")));
  }

  @Test
  void linksOfEveryLength() throws Exception {
    List<TocEntry.Builder> links = new ArrayList<>();
    for (int length :
        new int[] {
          1, 383, 384, 385, 447, 448, 449, 479, 480, 481, 511, 512, 513, 1023, 1024, 4095
        }) {
      for (int time = 0; time < 3; time++) {
        byte[] target = new byte[length];
        Arrays.fill(target, (byte) ('a' + time));
        links.add(
            make(TocEntry.Type.SYMLINK, length + "-" + time).linkName(target).mtime(time / 2, 0));
      }
    }
    isShown(links);
  }

  @Test
  void directoriesOfEverySize() throws Exception {
    List<TocEntry.Builder> entries = new ArrayList<>();
    for (int count = 1; count < 40; count++) {
      for (int i = 0; i < count; i++) {
        entries.add(make(TocEntry.Type.REG, "many-" + count + "/" + "x".repeat(count) + i));
      }
    }
    for (int length = 400; length < 473; length++) {
      // One directory of about one block, byte by byte around its end.
      String name = "y".repeat(length / 2 - 30);
      entries.add(make(TocEntry.Type.FIFO, "edge-" + length + "/1" + name));
      entries.add(
          make(TocEntry.Type.FIFO, "edge-" + length + "/2" + name + "z".repeat(length % 2)));
    }
    isShown(entries);
  }

  @Test
  void namesOfAllBytesAndLengths() throws Exception {
    List<TocEntry.Builder> entries = new ArrayList<>();
    for (int value = 1; value < 256; value++) {
      if (value != '/') {
        entries.add(make(TocEntry.Type.FIFO, "one/" + (char) value + "-"));
        entries.add(make(TocEntry.Type.FIFO, "dots/." + (char) value + "-"));
        entries.add(make(TocEntry.Type.FIFO, "dots/.." + (char) value));
      }
      entries.add(make(TocEntry.Type.FIFO, "long/" + "n".repeat(value)));
    }
    isShown(entries);
  }

  @Test
  void tenThousandEntriesInADirectory_andALongWayDown() throws Exception {
    List<TocEntry.Builder> entries = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      entries.add(make(TocEntry.Type.REG, "wide/" + Integer.toString(i * 7919, 36)));
    }
    entries.add(make(TocEntry.Type.REG, "d/".repeat(900) + "deep").content(512, 5));
    isShown(entries);
  }

  @Test
  void extendedAttributes() throws Exception {
    Map<String, byte[]> many = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      many.put("user.shared-" + i, new byte[] {(byte) i});
    }
    isShown(
        List.of(
            make(TocEntry.Type.REG, "ping")
                .pax(attributes(Map.of("security.capability", CAPABILITY))),
            make(TocEntry.Type.REG, "bing")
                .content(512, 10)
                .pax(attributes(Map.of("security.capability", CAPABILITY, "user.own", ACL))),
            make(TocEntry.Type.DIR, "acl")
                .pax(
                    attributes(
                        Map.of("system.posix_acl_access", ACL, "system.posix_acl_default", ACL))),
            make(TocEntry.Type.DIR, "opaque")
                .pax(attributes(Map.of("trusted.overlay.opaque", bytes("y")))),
            make(TocEntry.Type.SYMLINK, "link")
                .linkName(bytes("to"))
                .pax(attributes(Map.of("trusted.of-a-link", new byte[100]))),
            make(TocEntry.Type.REG, "empty").pax(attributes(Map.of("user.empty", new byte[0]))),
            make(TocEntry.Type.REG, "large")
                .content(512, 10)
                .pax(attributes(Map.of("user.large", new byte[65535], "trusted.a", new byte[9]))),
            make(TocEntry.Type.REG, "many-1").content(512, 10).pax(attributes(many)),
            make(TocEntry.Type.REG, "many-2").content(512, 10).pax(attributes(many))));
  }

  @Test
  void manyNamesOfOneFile() throws Exception {
    List<TocEntry.Builder> entries = new ArrayList<>();
    entries.add(make(TocEntry.Type.REG, "first").content(512, 1));
    for (int i = 0; i < 66_000; i++) {
      entries.add(make(TocEntry.Type.HARDLINK, "d" + i % 100 + "/" + i).linkName(bytes("first")));
    }
    isShown(entries);
  }

  @Test
  void filesOfMoreThan4GibAndBehind1Tib() throws Exception {
    long tib = 1L << 40;
    stage.content.write(ByteBuffer.wrap(bytes("the end")), 5L << 30);
    stage.content.write(ByteBuffer.wrap(bytes("far behind")), tib + 1024);
    stage.content.write(ByteBuffer.allocate(512), tib + 1024 + 512);
    isShown(
        List.of(
            make(TocEntry.Type.REG, "5GiB").content(512, (5L << 30) + 7 - 512),
            make(TocEntry.Type.REG, "4GiB").content(1024, 1L << 32),
            make(TocEntry.Type.REG, "far").content(tib + 1024, 10),
            make(TocEntry.Type.REG, "two-chunks").content(512, tib + 522)));
  }

  @Test
  void aTarThatEndsBehindTheLastBlockOfAFile() throws Exception {
    stage.content.write(ByteBuffer.wrap(Arrays.copyOf(bytes("rest"), 512)), FaceStage.TAR_LENGTH);
    isShown(List.of(make(TocEntry.Type.REG, "rest").content(FaceStage.TAR_LENGTH, 4)));
  }

  @Test
  void randomTrees() throws Exception {
    for (long seed = 0; seed < 60; seed++) {
      RandomTrees.compare(stage, seed);
    }
  }
}
