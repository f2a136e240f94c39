package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.SampleImage;
import dev.sluice.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of several layers, their compressions, limits and ends. */
@NeedsRoot
@Timeout(60)
final class PullTest {
  private static final byte[] SKIPPABLE = {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};

  private final PullRig rig = PullRig.open();
  private final Blobs blobs = new Blobs();

  @AfterEach
  void close() {
    rig.close();
  }

  private static byte[] tar(int seed, int bytes) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return new TarBuilder().file("file-" + seed, content).file("last", "l").build();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void allCompressionsWhateverTheMediaTypeSays() {
    byte[] tar = tar(1, 300_000);
    byte[] first = Arrays.copyOf(tar, 100_001);
    byte[] rest = Arrays.copyOfRange(tar, 100_001, tar.length);
    List<PullLayer> layers =
        List.of(
            blobs.layer(tar, tar),
            blobs.gzip(tar),
            blobs.layer(join(SampleImage.gzip(first), SampleImage.gzip(rest)), tar),
            blobs.layer(Zstd.compress(tar), tar),
            blobs.layer(
                join(SKIPPABLE, Zstd.compress(first), SKIPPABLE, Zstd.compress(rest), SKIPPABLE),
                tar),
            blobs.layer(new byte[0], new byte[0]),
            // Bytes behind the end of the archive belong to the diff id.
            blobs.gzip(join(tar, new byte[10_240], new byte[] {1, 2, 3})));

    try (ImagePull pull = rig.puller().start(blobs.image())) {
      for (PullLayer layer : layers) {
        Path into = rig.target();
        pull.claim(layer.blob().digest(), into, Directories.NONE);
        if (layer.blob().size() == 0) {
          assertThat(into).isEmptyDirectory();
        } else {
          assertThat(into.resolve("last")).hasContent("l");
          assertThat(into.resolve("file-1")).hasSize(300_000);
        }
      }
      assertThat(pull.progress().layersDone()).isEqualTo(layers.size());
      assertThat(pull.progress().fetchedBytes()).isEqualTo(pull.progress().bytes());
    }
    rig.awaitNothingStaged();
  }

  @Test
  void wrongBytesAndWrongTarsAreCorrupt() {
    byte[] tar = tar(1, 300_000);
    byte[] gzip = SampleImage.gzip(tar);
    PullLayer otherTar = blobs.layer(gzip, Digest.sha256(new byte[1]));
    refused(otherTar, FailureKind.CORRUPT, "the image's configuration says");

    byte[] plain = tar(2, 300_000);
    PullLayer flipped = blobs.layer(plain, plain);
    byte[] wrong = plain.clone();
    wrong[200_000] ^= 1;
    blobs.spoil(flipped, wrong);
    refused(flipped, FailureKind.CORRUPT, "have digest");

    byte[] otherGzip = SampleImage.gzip(tar(3, 300_000));
    PullLayer broken = blobs.layer(otherGzip, tar(3, 300_000));
    byte[] noise = otherGzip.clone();
    noise[otherGzip.length / 2] ^= 1;
    blobs.spoil(broken, noise);
    refused(broken, FailureKind.CORRUPT, "");

    byte[] cut = Arrays.copyOf(plain, 1000);
    refused(blobs.layer(cut, cut), FailureKind.CORRUPT, "ends after");
    byte[] cutZstd = Arrays.copyOf(Zstd.compress(tar), 5000);
    refused(blobs.layer(cutZstd, tar), FailureKind.CORRUPT, "");
    byte[] junk = join(gzip, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    refused(blobs.layer(junk, tar), FailureKind.CORRUPT, "");
    rig.awaitNothingStaged();
  }

  @Test
  void bombsAreDefused() {
    rig.reopen(PullRig.SMALL.withDisk(1 << 20, 0));
    byte[] bomb = new TarBuilder().file("zeros", new byte[30 << 20]).build();
    PullLayer layer = blobs.gzip(bomb);
    refused(layer, FailureKind.EXHAUSTED, "1048576 bytes that a layer may have");
    rig.awaitNothingStaged();
  }

  private void refused(PullLayer layer, FailureKind kind, String cause) {
    Path into = rig.target();
    try (ImagePull pull = rig.puller().start(blobs.image())) {
      assertThatThrownBy(() -> pull.claim(layer.blob().digest(), into, Directories.NONE))
          .isInstanceOfSatisfying(
              SluiceException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
          .hasMessageContaining(layer.blob().digest().toString())
          .hasMessageContaining(cause);
    }
    assertThat(into).isEmptyDirectory();
  }

  @Test
  void layerThatIsThereTwiceIsUnpackedTwice() {
    byte[] tar = tar(1, 1000);
    PullLayer layer = blobs.gzip(tar);
    blobs.gzip(tar(2, 1000));
    blobs.gzip(tar);

    try (ImagePull pull = rig.puller().start(blobs.image())) {
      for (int i = 0; i < 3; i++) {
        Path into = rig.target();
        pull.claim(layer.blob().digest(), into, Directories.NONE);
        assertThat(into.resolve("file-1")).hasSize(1000);
      }
    }
  }

  @Test
  void startingAgainJoins() {
    PullLayer layer = blobs.gzip(tar(1, 200_000));
    PullLayer other = blobs.gzip(tar(2, 200_000));

    ImagePull pull = rig.puller().start(blobs.image());
    ImagePull joined = rig.puller().start(blobs.image());
    assertThat(joined).isSameAs(pull);
    pull.claim(layer.blob().digest(), rig.target(), Directories.NONE);
    joined.claim(other.blob().digest(), rig.target(), Directories.NONE);

    assertThat(blobs.requests()).doesNotHaveDuplicates();
    assertThat(rig.puller().start(blobs.image())).isNotSameAs(pull);
  }

  @Test
  void unknownLayersAreNotFound() {
    PullLayer layer = blobs.gzip(tar(1, 10));
    Digest unknown = Digest.sha256(new byte[5]);
    ImagePull pull = rig.puller().start(blobs.image());

    assertThatThrownBy(() -> pull.claim(unknown, rig.target(), Directories.NONE))
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.NOT_FOUND));
    pull.claim(layer.blob().digest(), rig.target(), Directories.NONE);
  }

  @Test
  void claimNeedsAnEmptyDirectory() throws Exception {
    PullLayer layer = blobs.gzip(tar(1, 10));
    Path into = rig.target();
    Files.writeString(into.resolve("mine"), "m");
    ImagePull pull = rig.puller().start(blobs.image());

    assertThatThrownBy(() -> pull.claim(layer.blob().digest(), into, Directories.NONE))
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.FAILED_PRECONDITION));
    assertThat(into.resolve("mine")).hasContent("m");
    rig.awaitNothingStaged();
  }

  @Test
  void closingInTheMiddleLeavesNothing() {
    PullLayer layer = blobs.gzip(tar(1, 3_000_000));
    blobs.gzip(tar(2, 3_000_000));
    blobs.hold(layer, 1_000_000);
    Path into = rig.target();
    ImagePull pull = rig.puller().start(blobs.image());
    CompletableFuture<Void> claim =
        CompletableFuture.runAsync(() -> pull.claim(layer.blob().digest(), into, Directories.NONE));
    await().until(() -> pull.progress().unpackedBytes() > 0);

    pull.close();

    assertThatThrownBy(claim::join)
        .cause()
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED));
    blobs.release();
    rig.awaitNothingStaged();
    assertThat(into).isEmptyDirectory();
  }

  @Test
  void whatNobodyClaimsIsDropped() {
    // Longer than a slow machine takes for the layer.
    rig.reopen(PullRig.SMALL.withKeep(Duration.ofSeconds(4)));
    blobs.gzip(tar(1, 1000));
    ImagePull pull = rig.puller().start(blobs.image());
    await().until(() -> pull.progress().layersDone() == 1);

    rig.awaitNothingStaged();
    assertThat(rig.puller().start(blobs.image())).isNotSameAs(pull);
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws Exception {
    Path left = Files.createDirectories(rig.staging().resolve("left-1/etc/deep"));
    Files.writeString(left.resolve("file"), "x");
    rig.reopen(PullRig.SMALL);

    rig.awaitNothingStaged();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void memoryAndConnectionsAreBounded(int unpacks) {
    int range = 64 << 10;
    long memory = (long) range * 3 * unpacks;
    rig.reopen(
        PullRig.SMALL
            .withUnpacks(unpacks, unpacks)
            .withMemory(range, memory)
            .withConnections(5, 4));
    List<PullLayer> layers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      layers.add(blobs.gzip(tar(i, 1_000_000)));
    }
    blobs.hold(layers.getFirst(), 200_000);
    try (ImagePull pull = rig.puller().start(blobs.image())) {
      if (unpacks > 1) {
        // A layer that stands still does not hold the others up.
        for (PullLayer layer : layers.subList(1, 6)) {
          pull.claim(layer.blob().digest(), rig.target(), Directories.NONE);
        }
      }
      blobs.release();
      for (PullLayer layer : unpacks > 1 ? layers.subList(0, 1) : layers) {
        pull.claim(layer.blob().digest(), rig.target(), Directories.NONE);
      }
    }
    assertThat(rig.puller().mostMemory()).isBetween(1L, memory);
    assertThat(blobs.mostRequests()).isLessThanOrEqualTo(4);
  }

  @Test
  void fullDiskIsSaidAndLeftClean() {
    Path disk = rig.target();
    Listing.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.toString());
    try {
      PullLayer layer = blobs.gzip(tar(1, 5_000_000));
      // Of another image: one of the same could meet the full disk too.
      Blobs others = new Blobs();
      PullLayer small = others.gzip(tar(2, 1000));
      Path staging = disk.resolve("staging");
      try (LayerPuller puller = LayerPuller.open(PullRig.SMALL, staging)) {
        try (ImagePull pull = puller.start(blobs.image())) {
          assertThatThrownBy(() -> pull.claim(layer.blob().digest(), disk, Directories.NONE))
              .isInstanceOfSatisfying(
                  SluiceException.class,
                  failure -> assertThat(failure.kind()).isEqualTo(FailureKind.EXHAUSTED))
              .hasMessageContaining("No space left");
        }
        await().untilAsserted(() -> assertThat(staging).isEmptyDirectory());
        Path into = disk.resolve("into");
        assertThat(into.toFile().mkdir()).isTrue();
        try (ImagePull pull = puller.start(others.image())) {
          pull.claim(small.blob().digest(), into, Directories.NONE);
        }
        assertThat(into.resolve("file-2")).hasSize(1000);
      }
      assertThat(staging).isEmptyDirectory();
    } finally {
      Listing.run("umount", disk.toString());
    }
  }
}
