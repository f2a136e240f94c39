package dev.sluice.image;

import static dev.sluice.image.SampleImage.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryImageStoreTest {
  /** Three windows and a bit. */
  private static final byte[] BLOB = noise(3 * WindowedBlob.WINDOW_BYTES + 4711, 1);

  private static final Descriptor DESCRIPTOR =
      Descriptor.of("application/octet-stream", Digest.sha256(BLOB), BLOB.length);

  @TempDir Path directory;
  private SampleRegistry registry;
  private ImageStore store;

  @BeforeEach
  void start() throws IOException {
    registry = SampleRegistry.start(directory.resolve("registry"));
    store = registry.store("a/b:1");
    store.putBlob(DESCRIPTOR, Files.write(directory.resolve("blob"), BLOB));
  }

  @AfterEach
  void stop() {
    store.close();
    registry.close();
  }

  @Test
  void streamsABlobInBoundedPieces() throws IOException {
    registry.registry().traffic().reset();
    try (InputStream in = store.openBlob(DESCRIPTOR)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.registry().traffic().bytesSent(DESCRIPTOR.digest())).isEqualTo(BLOB.length);
    assertThat(registry.registry().traffic().requests(RequestKind.BLOB)).isEqualTo(4);
  }

  @Test
  void asksForNoMoreThanTwoPiecesAhead() throws IOException {
    registry.registry().traffic().reset();
    try (InputStream in = store.openBlob(DESCRIPTOR)) {
      assertThat(in.read()).isEqualTo(BLOB[0] & 0xff);
      assertThat(registry.registry().traffic().bytesSent(DESCRIPTOR.digest()))
          .isLessThanOrEqualTo(2L * WindowedBlob.WINDOW_BYTES);
    }
  }

  @Test
  void readsARangeAcrossPieces() throws IOException {
    int from = WindowedBlob.WINDOW_BYTES - 100;
    int to = 2 * WindowedBlob.WINDOW_BYTES + 100;
    try (InputStream in = store.openRange(DESCRIPTOR, from, to)) {
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(BLOB, from, to));
    }
  }

  @Test
  void readsFromServersThatKnowNoRanges() throws IOException {
    registry.registry().faults().planBlob(100, new Fault.IgnoreRange());
    registry.registry().traffic().reset();
    try (InputStream in = store.openBlob(DESCRIPTOR)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.registry().traffic().requests(RequestKind.BLOB))
        .as("two windows, then the rest at once")
        .isEqualTo(3);
  }

  @Test
  void refusesWrongBytes() {
    registry.registry().faults().planBlob(100, new Fault.WrongBytes());
    assertThatThrownBy(
            () -> {
              try (InputStream in = store.openBlob(DESCRIPTOR)) {
                in.readAllBytes();
              }
            })
        .hasMessageContaining(DESCRIPTOR.digest().toString())
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT));
  }

  @Test
  void copiesImagesBetweenAllKindsOfStores() throws IOException {
    Content image = SampleImage.image(store, "linux/amd64", BLOB);
    ImageLocation layout = ImageLocation.parse("oci:" + directory.resolve("lay"));
    ImageLocation archive = ImageLocation.parse("oci-archive:" + directory.resolve("a.tar"));
    try (ImageStore to = ImageStores.createLocal(layout)) {
      copy(store, to);
    }
    try (ImageStore from = ImageStores.openLocal(layout);
        ImageStore to = ImageStores.createLocal(archive)) {
      copy(from, to);
    }
    try (ImageStore from = ImageStores.openLocal(archive);
        ImageStore to = registry.store("copy:2")) {
      copy(from, to);
      assertThat(to.manifest("").digest()).isEqualTo(image.digest());
      try (InputStream in = to.openBlob(DESCRIPTOR)) {
        assertThat(in.readAllBytes()).isEqualTo(BLOB);
      }
    }
    try (ImageStore from = ImageStores.openLocal(layout);
        ImageStore to = registry.store("copy:3")) {
      copy(from, to);
      assertThat(to.manifest("3").digest()).isEqualTo(image.digest());
    }
  }

  private static void copy(ImageStore from, ImageStore to) {
    Content root = from.manifest("");
    new ImageCopy(from, to, _ -> {}).graph(root);
    to.putManifest("", root);
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> store.manifest("nope"))
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.NOT_FOUND));
    assertThat(store.findManifest("nope")).isEmpty();
    assertThat(store.hasBlob(Digest.sha256(new byte[3]))).isFalse();
    assertThat(store.hasBlob(DESCRIPTOR.digest())).isTrue();
  }
}
