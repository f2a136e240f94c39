package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.RequestKind;
import dev.sluice.face.FaceChoice;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.SampleImage;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.oci.Digest;
import dev.sluice.oci.OciJson;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.soci.index.FoundIndex.Way;
import dev.sluice.soci.index.SociIndexFinder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which layers are lazy, which are pulled whole, and which left, by configuration and index. */
@NeedsRoot
@Timeout(60)
class PullModesTest {
  private static final Set<Way> NOWHERE = Set.of();

  @TempDir Path directory;

  private static byte[] tar(int seed) throws IOException {
    return new Tar()
        .directory("opt", 0751, 10)
        .directory("opt/app" + seed, 0700, 20 + seed)
        .file("opt/app" + seed + "/noise", 04755, 30, SampleImage.noise(90_000, seed))
        .file("opt/app" + seed + "/empty", 0600, 0, new byte[0])
        .link("opt/app" + seed + "/soft", "../elsewhere", TarConstants.LF_SYMLINK, 0777, 3)
        .link(
            "opt/app" + seed + "/hard",
            "opt/app" + seed + "/noise",
            TarConstants.LF_LINK,
            04755,
            30)
        .build();
  }

  private static void all(List<Brought> brought, Class<? extends Brought> how) {
    assertThat(brought).allSatisfy(each -> assertThat(each).isInstanceOf(how));
  }

  private static long indexesFetched(NodeRig rig, Digest index) {
    return rig.registry.traffic().log().stream()
        .filter(entry -> entry.seen().path().endsWith("/manifests/" + index))
        .filter(entry -> entry.seen().method().equals("GET"))
        .count();
  }

  @Test
  void nothingIsLazyIfNeitherVersionIsSearched_butAnExplicitDigestWorks() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1));
      Digest index = image.index();
      NodeLayers layers = rig.open(NodeRig.policy(NOWHERE, 0), false);
      all(rig.bring(layers, image, null, 1), Brought.Left.class);
      assertThat(rig.registry.traffic().requests(RequestKind.REFERRERS)).isZero();

      all(rig.bring(layers, image, index, 11), Brought.Lazily.class);
      assertThat(NodeRig.look(layers.shown(11))).isEqualTo(rig.truth(tar(1)));
    }
  }

  @Test
  void anExplicitDigestOfAConvertedImageWorksToo() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1), tar(2));
      var manifest = rig.convert();
      Digest index =
          Digest.parse(
              OciJson.manifest(manifest)
                  .annotations()
                  .getOrDefault("com.amazon.soci.index-digest", ""));
      NodeLayers layers = rig.open(NodeRig.policy(NOWHERE, 0), false);
      all(rig.bring(layers, image.under(manifest), null, 1), Brought.Left.class);
      all(rig.bring(layers, image.under(manifest), index, 11), Brought.Lazily.class);
    }
  }

  @Test
  void eachVersionIsFoundIfItIsSearched_andOnlyThen() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage v1 = rig.push(tar(1));
      v1.index();
      NodeImage v2 = v1.under(rig.convert());
      NodeLayers onlyV1 = rig.open(NodeRig.policy(Set.of(Way.REFERRER), 0), false);
      all(rig.bring(onlyV1, v1, null, 1), Brought.Lazily.class);
      all(rig.bring(onlyV1, v2, null, 11), Brought.Left.class);
      onlyV1.close();
      NodeLayers onlyV2 = rig.open(NodeRig.policy(Set.of(Way.ANNOTATION), 0), false);
      all(rig.bring(onlyV2, v1, null, 21), Brought.Left.class);
      all(rig.bring(onlyV2, v2, null, 31), Brought.Lazily.class);
      assertThat(NodeRig.look(onlyV2.shown(31))).isEqualTo(rig.truth(tar(1)));
    }
  }

  @Test
  void theSecondVersionIsPreferred() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1));
      NodeImage converted = image.under(rig.convert());
      Digest first = converted.index();
      NodeLayers layers = rig.open(NodeRig.ALL, false);
      all(rig.bring(layers, converted, null, 1), Brought.Lazily.class);
      assertThat(indexesFetched(rig, first)).isZero();
      assertThat(layers.status().get(1L))
          .isNotNull()
          .satisfies(status -> assertThat(status.index()).isNotNull().isNotEqualTo(first));
    }
  }

  @Test
  void lazyOffPullsWhole_evenIfAnIndexIsAskedFor_andPullOffLeaves() throws Exception {
    LazyPolicy off =
        new LazyPolicy(
            false,
            SociIndexFinder.SEARCHED,
            0,
            Duration.ofSeconds(20),
            Duration.ofMillis(1),
            FaceChoice.AUTO);
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1), tar(2));
      Digest index = image.index();
      NodeLayers pulling = rig.open(off, true);
      all(rig.bring(pulling, image, index, 1), Brought.Unpacked.class);
      assertThat(indexesFetched(rig, index)).isZero();
      pulling.close();
      all(rig.bring(rig.open(off, false), image, index, 11), Brought.Left.class);
      assertThat(NodeRig.sh("ls -A \"$1\" \"$2\"", rig.files(11), rig.files(12)))
          .doesNotContain("opt");
    }
  }

  @Test
  void withoutAnIndexEveryLayerIsWhatTarMakesOfIt_alsoOneThatIsThereThrice() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      byte[] twice = tar(1);
      NodeImage image = rig.push(twice, tar(2), twice, tar(3), twice);
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      all(rig.bring(layers, image, null, 1), Brought.Unpacked.class);
      for (int place : List.of(0, 2, 4)) {
        assertThat(NodeRig.look(rig.files(1 + place))).isEqualTo(rig.truth(twice));
      }
      assertThat(NodeRig.look(rig.files(2))).isEqualTo(rig.truth(tar(2)));
      assertThat(layers.counters().unpacked()).isEqualTo(5);
      assertThat(layers.counters().indexAbsent()).isPositive();
    }
  }

  @Test
  void allLayersComeAtOnceWithTheFirst() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1), tar(2), tar(3));
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(layers.bring(rig.request(image, 0, null), rig.snapshot(1, List.of())))
          .isInstanceOf(Brought.Unpacked.class);
      Awaitility.await()
          .untilAsserted(() -> {
            for (int place = 0; place < 3; place++) {
              assertThat(rig.registry.traffic().bytesSent(image.layer(place)))
                  .isEqualTo(image.compressed(place));
            }
          });
    }
  }

  @Test
  void aSparseIndexMakesAMixedChain_andDirectoriesThatAreOnlyImpliedAreThoseBelow()
      throws Exception {
    byte[] lowest = new Tar().directory("a", 0750, 7).directory("a/b", 01777, 8).build();
    byte[] middle =
        new Tar()
            .file("a/b/lazy", 0644, 0, SampleImage.noise(50_000, 5))
            .directory("c", 0711, 9)
            .build();
    byte[] upper =
        new Tar()
            .file("a/b/whole", 0644, 0, SampleImage.noise(50_000, 6))
            .file("c/whole", 0644, 0, new byte[3])
            .build();
    byte[] top = new Tar().file("c/lazy", 0600, 0, SampleImage.noise(50_000, 7)).build();
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(lowest, middle, upper, top);
      image.index(1, 3);
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, null, 1))
          .satisfiesExactly(
              each -> assertThat(each).isInstanceOf(Brought.Unpacked.class),
              each -> assertThat(each).isInstanceOf(Brought.Lazily.class),
              each -> assertThat(each).isInstanceOf(Brought.Unpacked.class),
              each -> assertThat(each).isInstanceOf(Brought.Lazily.class));
      Map<Path, List<String>> expected =
          Map.of(
              layers.shown(2), List.of("750 7:8 a", "1777 8:9 a/b", "711 9:10 c"),
              rig.files(3), List.of("750 7:8 a", "1777 8:9 a/b", "711 9:10 c"),
              layers.shown(4), List.of("711 9:10 c"));
      for (var each : expected.entrySet()) {
        assertThat(
                NodeRig.sh(
                        "cd \"$1\"; find . -mindepth 1 -type d -printf '%m %U:%G %P\\n' | sort -k3",
                        each.getKey())
                    .lines())
            .as(each.getKey().toString())
            .isEqualTo(each.getValue());
      }
      // Layers that are lazy are not pulled with those above or below that are not.
      assertThat(rig.registry.traffic().bytesSent(image.layer(3))).isZero();
      assertThat(NodeRig.sh("sha256sum <\"$1\"/a/b/lazy", layers.shown(2)))
          .startsWith(Digest.sha256(SampleImage.noise(50_000, 5)).hex());
    }
  }

  @Test
  void aLayerOfTheLeastSizeIsLazy_aSmallerOneIsNot() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar(1), new Tar().file("small", 0644, 0, new byte[] {1}).build());
      image.index();
      long least = image.compressed(0);
      assertThat(image.compressed(1)).isLessThan(least);
      NodeLayers layers = rig.open(NodeRig.policy(SociIndexFinder.SEARCHED, least), true);
      assertThat(rig.bring(layers, image, null, 1))
          .satisfiesExactly(
              each -> assertThat(each).isInstanceOf(Brought.Lazily.class),
              each -> assertThat(each).isInstanceOf(Brought.Unpacked.class));
    }
  }

  @Test
  void withoutFuseLayersAreUnpacked_andThoseThatWereLazyAreUnavailable() throws Exception {
    String record;
    NodeImage image;
    try (NodeRig rig = new NodeRig(directory)) {
      image = rig.push(tar(1));
      image.index();
      record =
          ((Brought.Lazily) rig.bring(rig.open(NodeRig.ALL, true), image, null, 1).getFirst())
              .record();
    }
    try (NodeRig rig =
        new NodeRig(
            directory,
            Duration.ofSeconds(1),
            (_, at, _) -> {
              throw new IOException("mount " + at + ": no /dev/fuse");
            })) {
      NodeImage again = rig.push(tar(1));
      again.index();
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(layers.isAlive()).isFalse();
      assertThatThrownBy(() -> layers.reopen(1, record).show(List.of()))
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNAVAILABLE));
      assertThatThrownBy(() -> layers.check(1))
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNAVAILABLE));
      assertThat(layers.counters().restoreFailures()).isEqualTo(1);

      all(rig.bring(layers, again, null, 11), Brought.Unpacked.class);
      assertThat(NodeRig.look(rig.files(11))).isEqualTo(rig.truth(tar(1)));
      assertThat(layers.counters().lazyFailures()).isZero();
      layers.forget(1);
    }
  }
}
