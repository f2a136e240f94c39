package dev.sluice.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.containerd.PullReport.Way;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.image.SampleImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.DebianRegistry;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a real registry into a real containerd, by its overlayfs; runs what was pulled. */
@EnabledIfSystemProperty(
    named = "user.name",
    matches = "root",
    disabledReason = "SKIPPED: containerd needs root")
final class ImagePullTest {
  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private DebianRegistry registry;
  private ContainerdProcess containerd;
  private RegistryClient registryClient;
  private ContainerdClient client;
  private String name;

  @BeforeEach
  void start() throws Exception {
    registry = DebianRegistry.open(Files.createDirectories(directory.resolve("registry")));
    containerd =
        ContainerdProcess.start(
            Files.createDirectories(directory.resolve("containerd")), registry.host());
    registryClient =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
    client = ContainerdClient.connect(vertx, "unix://" + containerd.socket(), "default");
    name = registry.host() + "/team/app:1";
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    registryClient.close().await(20, TimeUnit.SECONDS);
    vertx.close().await(20, TimeUnit.SECONDS);
    containerd.close();
    registry.close();
  }

  private ImageStore store(String image) {
    return new ImageStores(vertx, _ -> registryClient).create(ImageLocation.parse(image));
  }

  private static byte[] layer(int number) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(out)) {
      add(tar, "note", 0644, ("layer " + number).getBytes(StandardCharsets.UTF_8));
      add(tar, "data" + number, 0644, SampleImage.noise(1_500_000, number));
      if (number == 1) {
        // A program for x86-64 of 928 bytes, without libraries, that prints files.
        try (InputStream cat = ImagePullTest.class.getResourceAsStream("cat-x86-64")) {
          add(tar, "cat", 0755, cat.readAllBytes());
        }
      }
    }
    return SampleImage.gzip(out.toByteArray());
  }

  private static void add(TarArchiveOutputStream tar, String path, int mode, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path);
    entry.setMode(mode);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private Content push() throws IOException {
    return SampleImage.image(store(name), "linux/amd64", layer(1), layer(2), layer(3));
  }

  private PullReport pull(ContainerdClient into, String snapshotter) {
    return new ImagePull(
            into,
            store(name),
            new PullOptions(ImageReference.parse(name), snapshotter, null, null),
            PullListener.NONE)
        .run();
  }

  private String ctr(String... arguments) {
    ContainerdProcess.Ended ended = containerd.ctr(arguments);
    assertThat(ended.exit()).describedAs(ended.said()).isZero();
    return ended.said();
  }

  @Test
  void whatWasPulledRunsAndIsNotPulledAgain() throws IOException {
    Content manifest = push();
    PullReport first = pull(client, "overlayfs");
    assertThat(first.layers()).extracting(PullReport.Layer::way).containsOnly(Way.UNPACKED);
    assertThat(first.layers())
        .allSatisfy(one -> assertThat(one.fetchedBytes()).isEqualTo(one.layer().size()));
    assertThat(first.root()).isEqualTo(manifest.digest());
    assertThat(ctr("run", "--rm", "--snapshotter", "overlayfs", name, "t1", "/cat", "/note"))
        .isEqualTo("layer 3");
    assertThat(ctr("leases", "ls", "-q")).isEmpty();
    assertThat(ctr("image", "check")).contains("complete (4/4)");

    long blobs = registry.gets("/blobs/");
    assertThat(blobs).isPositive();
    PullReport second = pull(client, "overlayfs");
    assertThat(second.layers()).extracting(PullReport.Layer::way).containsOnly(Way.PRESENT);
    assertThat(registry.gets("/blobs/")).isEqualTo(blobs);

    // Another snapshotter unpacks what is there.
    PullReport other = pull(client, "native");
    assertThat(other.layers()).extracting(PullReport.Layer::way).containsOnly(Way.UNPACKED);
    assertThat(other.layers()).extracting(PullReport.Layer::fetchedBytes).containsOnly(0L);
    assertThat(registry.gets("/blobs/")).isEqualTo(blobs);

    // Nothing but the image's record keeps it.
    ctr("image", "rm", "--sync", name);
    assertThat(ctr("content", "ls", "-q")).isEmpty();
    assertThat(ctr("snapshots", "--snapshotter", "native", "ls").lines()).hasSize(1);
    assertThat(ctr("snapshots", "ls").lines()).hasSize(1);
  }

  @Test
  void ofAnIndexOnlyTheOwnPlatformComes() throws IOException {
    ImageStore store = store(name);
    Content ours = SampleImage.manifest(store, "linux/amd64", MediaTypes.OCI_LAYER_GZIP, layer(1));
    Content other = SampleImage.manifest(store, "linux/s390x", MediaTypes.OCI_LAYER_GZIP, layer(2));
    store.putByDigest(ours);
    store.putByDigest(other);
    Content index =
        SampleImage.index(
            store,
            SampleImage.entry(other, "linux/s390x", Map.of()),
            SampleImage.entry(ours, "linux/amd64", Map.of()));
    PullReport report = pull(client, "overlayfs");
    assertThat(report.root()).isEqualTo(index.digest());
    assertThat(report.manifest()).isEqualTo(ours.digest());
    assertThat(ctr("content", "ls", "-q").lines()).hasSize(4).doesNotContain(other.digest() + "");
    assertThat(ctr("run", "--rm", name, "t2", "/cat", "/note")).isEqualTo("layer 1");
    assertThat(registry.gets(other.digest().toString())).isZero();
  }

  @Test
  void theKubeletFindsWhatWasPulled() throws IOException {
    push();
    try (ContainerdClient kubernetes =
        ContainerdClient.connect(vertx, containerd.socket(), "k8s.io")) {
      PullReport report = pull(kubernetes, "overlayfs");
      List<String> images = ctr("-n", "k8s.io", "image", "ls").lines().skip(1).toList();
      assertThat(images)
          .hasSize(3)
          .allSatisfy(line -> assertThat(line).contains("io.cri-containerd.image=managed"))
          .anySatisfy(line -> assertThat(line).startsWith(name + " "))
          .anySatisfy(
              line -> assertThat(line).startsWith(registry.host() + "/team/app@" + report.root()));
      pull(kubernetes, "overlayfs");
    }
  }

  @Test
  void aLayerThatIsNotWhatTheConfigurationSaysIsRefused() throws IOException {
    ImageStore store = store(name);
    Descriptor layer = SampleImage.blob(store, MediaTypes.OCI_LAYER_GZIP, layer(1));
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]}}"
            .formatted("0".repeat(64));
    Descriptor stored =
        SampleImage.blob(store, MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
    store.putManifest(
        "",
        Content.of(
            MediaTypes.OCI_MANIFEST,
            dev.sluice.oci.OciJson.write(
                new dev.sluice.oci.Manifest(
                    MediaTypes.OCI_MANIFEST,
                    null,
                    stored,
                    List.of(layer),
                    null,
                    new java.util.TreeMap<>()))));
    assertThatThrownBy(() -> pull(client, "overlayfs"))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
        .hasMessageContaining("the image's configuration says sha256:0000");
    assertThat(ctr("snapshots", "ls").lines()).hasSize(1);
    assertThat(ctr("image", "ls", "-q")).isEmpty();
  }

  @Test
  void anAttemptThatBrokeIsGoneOnWith() {
    byte[] bytes = SampleImage.noise(5_000_000, 9);
    Descriptor blob = Descriptor.of("application/octet-stream", Digest.sha256(bytes), bytes.length);
    ContainerdClient.Lease lease = client.lease();
    ContentStore content = new ContentStore(lease.client());
    Repository source = new Repository("r.example", "team/app");
    assertThatThrownBy(
            () -> content.keep("x", blob, Map.of(), source, _ -> broken(bytes, 3_000_000), _ -> {}))
        .hasMessageContaining("it broke");
    AtomicLong from = new AtomicLong();
    content.keep(
        "x",
        blob,
        Map.of("a", "b"),
        source,
        offset -> {
          from.set(offset);
          return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
        },
        _ -> {});
    assertThat(from.get()).isBetween(1L, 3_000_000L);
    assertThat(content.read(blob, bytes.length)).isEqualTo(bytes);
    // Another repository that has it is remembered beside the first.
    content.keep(
        "x",
        blob,
        Map.of(),
        new Repository("r.example", "b"),
        _ -> InputStream.nullInputStream(),
        _ -> {});
    assertThat(content.labels(blob.digest()))
        .hasValue(Map.of("a", "b", "containerd.io/distribution.source.r.example", "team/app,b"));
    lease.release();
  }

  private static InputStream broken(byte[] bytes, int length) {
    return new ByteArrayInputStream(bytes, 0, length) {
      @Override
      public int readNBytes(byte[] into, int offset, int count) {
        if (available() == 0) {
          throw new java.io.UncheckedIOException(new IOException("it broke"));
        }
        return super.readNBytes(into, offset, count);
      }
    };
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    assertThatThrownBy(() -> pull(client, "sluice"))
        .isInstanceOfSatisfying(
            SluiceException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND);
              assertThat(e.advice()).startsWith("It has native, overlayfs;");
            });
    assertThatThrownBy(() -> pull(client, "overlayfs"))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
    assertThat(client.version()).isNotEmpty();
    assertThat(ctr("leases", "ls", "-q")).isEmpty();
    try (ContainerdClient nobody =
        ContainerdClient.connect(vertx, directory.resolve("none.sock").toString(), "default")) {
      assertThatThrownBy(nobody::version)
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNAVAILABLE))
          .hasMessageContaining("can't reach containerd at " + directory.resolve("none.sock"));
    }
  }
}
