package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.RequestKind;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which host of a registry is asked for what belongs to an image. */
final class MirrorReferrersTest {
  @TempDir Path directory;
  private Mirrors mirrors;

  @BeforeEach
  void start() throws IOException {
    mirrors = new Mirrors(directory, options -> options.withPlainHttp(true));
  }

  @AfterEach
  void stop() {
    mirrors.close();
  }

  @Test
  void referrersComeFromAHostThatKnowsThem() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    Content artifact = artifact();
    Bench.await(server.putManifest("team/app", artifact.digest().toString(), artifact));
    mirrors.order(mirror.host(), server.host());
    assertThat(referrers()).extracting(Descriptor::digest).containsExactly(artifact.digest());
    assertThat(mirror.traffic().requests(RequestKind.REFERRERS)).isEqualTo(1);
    // The tag that stands in for the API was asked for beside it, as nothing was known of either.
    assertThat(mirror.traffic().requests(RequestKind.MANIFEST)).isEqualTo(1);
    mirror.traffic().reset();
    assertThat(referrers()).hasSize(1);
    assertThat(mirror.traffic().requests(RequestKind.MANIFEST)).isZero();
    mirrors.hosts(
        "server = 'http://%s'\n[host.'http://%s']\ncapabilities = ['pull', 'resolve']"
            .formatted(server.host(), mirror.host()));
    await()
        .untilAsserted(() -> {
          mirror.traffic().reset();
          assertThat(referrers()).hasSize(1);
          assertThat(mirror.traffic().requests()).isZero();
        });
  }

  @Test
  void whereNobodyHasTheReferrersApiTheTagIsAskedFor() throws IOException {
    EmbeddedRegistry mirror = mirrors.full(options -> options.withoutReferrersApi());
    EmbeddedRegistry server = mirrors.full(options -> options.withoutReferrersApi());
    mirrors.order(mirror.host(), server.host());
    assertThat(referrers()).isEmpty();
    assertThat(server.traffic().requests(RequestKind.REFERRERS)).isEqualTo(1);
    assertThat(server.traffic().requests(RequestKind.MANIFEST)).isEqualTo(1);
    Content artifact = artifact();
    Bench.await(mirror.putManifest("team/app", artifact.digest().toString(), artifact));
    Descriptor one =
        new Descriptor(
            artifact.mediaType(),
            artifact.digest(),
            artifact.bytes().length,
            List.of(),
            new java.util.TreeMap<>(),
            null,
            null,
            "a/b");
    Bench.await(mirrors.client.addReferrer(Mirrors.REPOSITORY, Mirrors.INDEX.digest(), one));
    assertThat(referrers()).extracting(Descriptor::digest).containsExactly(one.digest());
  }

  private static Content artifact() {
    return Content.of(
        MediaTypes.OCI_MANIFEST,
        """
        {"schemaVersion":2,"mediaType":"%s","artifactType":"a/b","config":
        {"mediaType":"x/y","digest":"%s","size":%d},"layers":[],
        "subject":{"mediaType":"%s","digest":"%s","size":%d}}\
        """
            .formatted(
                MediaTypes.OCI_MANIFEST,
                Mirrors.BLOB.digest(),
                Mirrors.BLOB.size(),
                Mirrors.INDEX.mediaType(),
                Mirrors.INDEX.digest(),
                Mirrors.INDEX.bytes().length)
            .getBytes(StandardCharsets.UTF_8));
  }

  private List<Descriptor> referrers() {
    return Bench.await(mirrors.client.referrers(Mirrors.REPOSITORY, Mirrors.INDEX.digest(), "a/b"));
  }
}
