package dev.sluice.erofs;

import static dev.sluice.erofs.RandomEntries.attributes;
import static dev.sluice.erofs.RandomEntries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What can be said of an image without a kernel. */
class ErofsImageTest {
  private static final long TAR = 1 << 20;

  private static TocEntry.Builder file(String name) {
    return new TocEntry.Builder(TocEntry.Type.REG, bytes(name)).mode(0644);
  }

  private static LayerTree tree(TocEntry.Builder... entries) {
    List<TocEntry> built = new ArrayList<>();
    for (TocEntry.Builder entry : entries) {
      built.add(entry.build());
    }
    return LayerTreeBuilder.build(built);
  }

  private static byte[] image(LayerTree tree) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ErofsImage.of(tree, TAR, "key").writeTo(Channels.newChannel(out));
    return out.toByteArray();
  }

  private static void refused(LayerTree tree, FailureKind kind, String message) {
    refused(tree, TAR, kind, message);
  }

  private static void refused(LayerTree tree, long tarLength, FailureKind kind, String message) {
    assertThatThrownBy(() -> ErofsImage.of(tree, tarLength, "key"))
        .isInstanceOfSatisfying(
            SluiceException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void theSameTreeGivesTheSameBytesInEveryProcess() throws Exception {
    byte[] image = image(LayerTreeBuilder.build(RandomEntries.of(7, TAR)));
    assertThat(image(LayerTreeBuilder.build(RandomEntries.of(7, TAR)))).isEqualTo(image);
    // The order of Map.of differs between processes, that of an image must not. Changes with the
    // format that we write, or with what RandomEntries makes of a seed.
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image)))
        .isEqualTo("0fc65003ee35280f2fcdd22df9a51b06baadc5746ff3143e4e0cc9ea32afce6b");
  }

  @Test
  void theKeyIsInTheUuidAlone() throws IOException {
    LayerTree tree = tree(file("a"));
    ByteArrayOutputStream other = new ByteArrayOutputStream();
    ErofsImage.of(tree, TAR, "other").writeTo(Channels.newChannel(other));
    byte[] one = image(tree);
    byte[] two = other.toByteArray();
    assertThat(two).isNotEqualTo(one);
    for (byte[] each : List.of(one, two)) {
      ByteBuffer block = ByteBuffer.wrap(each, 1024, 512).order(ByteOrder.LITTLE_ENDIAN);
      block.putInt(1024 + 4, 0).putLong(1024 + 48, 0).putLong(1024 + 56, 0);
    }
    assertThat(two).isEqualTo(one);
  }

  @Test
  void filesOfTheCommonestTimeTakeHalfAnInode() throws IOException {
    TocEntry.Builder[] same = new TocEntry.Builder[1000];
    TocEntry.Builder[] different = new TocEntry.Builder[1000];
    for (int i = 0; i < same.length; i++) {
      same[i] = file("file-number-" + i).content(0, 100).mtime(77, 7);
      different[i] = file("file-number-" + i).content(0, 100).mtime(i, 7);
    }
    int entries = same.length;
    assertThat(image(tree(same)).length / entries).isLessThan(100);
    assertThat(image(tree(different)).length / entries).isBetween(100, 135);
  }

  @Test
  void tooManyEntriesAreRefused() {
    TocEntry.Builder[] files = new TocEntry.Builder[1000];
    for (int i = 0; i < files.length; i++) {
      files[i] = file("f" + i);
    }
    assertThatThrownBy(() -> ErofsImage.of(tree(files), TAR, "key", 40_000))
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.UNSUPPORTED))
        .hasMessageContaining("too many");
  }

  @Test
  void contentsMustLieInTheTarAtItsBlocks() {
    refused(tree(file("f").content(512, TAR)), FailureKind.CORRUPT, "outside of the tar");
    refused(
        tree(file("f").content(512, Long.MAX_VALUE)), FailureKind.CORRUPT, "outside of the tar");
    refused(tree(file("f").content(100, 5)), FailureKind.UNSUPPORTED, "no multiple of 512");
    refused(tree(file("f").content(TAR - 512, 5)), TAR - 1, FailureKind.UNSUPPORTED, "ends within");
    assertThat(ErofsImage.of(tree(file("f").content(100, 0)), TAR, "key").inodes()).isEqualTo(2);
    assertThatThrownBy(
            () -> ErofsImage.of(tree(file("f").content(1L << 41, 1)), (1L << 41) + 512, "key"))
        .hasMessageContaining("2 TiB");
  }

  @Test
  void whatTheFormatCannotHoldIsRefused() {
    refused(
        tree(
            new TocEntry.Builder(TocEntry.Type.SYMLINK, bytes("l"))
                .linkName(bytes("t".repeat(4096)))),
        FailureKind.UNSUPPORTED,
        "4096 bytes");
    refused(
        tree(file("f").pax(attributes(Map.of("user.big", new byte[65536])))),
        FailureKind.UNSUPPORTED,
        "user.big: its value has more than 65535 bytes");
    refused(
        tree(file("f").pax(attributes(Map.of("user." + "n".repeat(251), new byte[1])))),
        FailureKind.UNSUPPORTED,
        "its name has more than 255 bytes");
    refused(
        tree(file("f").pax(attributes(Map.of("system.posix_acl_access", new byte[5])))),
        FailureKind.UNSUPPORTED,
        "no access control list");
  }

  @Test
  void attributesThatNoFileSystemTakesAreLeftOut() throws IOException {
    LayerTree with = tree(file("f").pax(attributes(Map.of("nobody.knows", new byte[9]))));
    assertThat(image(with)).isEqualTo(image(tree(file("f"))));
  }
}
