package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.Link;
import dev.sluice.fill.BackgroundFill;
import dev.sluice.fill.FillLayer;
import dev.sluice.fill.FillPolicy;
import dev.sluice.fill.FillSource;
import dev.sluice.fill.FillState;
import dev.sluice.fill.FillStatus;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.oci.Digest;
import dev.sluice.snapshot.LayerSource.Brought;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers of a real registry that fill while a child process reads them, or nobody. */
@NeedsRoot
@Timeout(60)
class NodeFillTest {
  private static final Duration SOON = Duration.ofMillis(1);
  private static final FillPolicy AT_ONCE = policy(true, 0, 1 << 20);
  private static final Link SLOW = new Link(Duration.ofMillis(5), 16_000_000);

  @TempDir Path directory;
  private NodeRig rig;
  private NodeLayers layers;
  private BackgroundFill fill;
  private volatile Set<Long> running = Set.of();
  private final List<FillLayer> wrong = new ArrayList<>();

  private static FillPolicy policy(boolean enabled, long rate, long step) {
    return new FillPolicy(enabled, rate, Duration.ZERO, Duration.ofMinutes(5), SOON, step);
  }

  private void node(Link link, UnaryOperator<CacheOptions> cached) {
    rig = new NodeRig(directory, link, cached);
    layers = rig.open(NodeRig.ALL, false);
  }

  private void start(FillPolicy policy) {
    make(policy);
    fill.start();
  }

  private void make(FillPolicy policy) {
    fill =
        BackgroundFill.of(
            rig.engine().cache(),
            new FillSource() {
              @Override
              public List<FillLayer> layers() {
                return layers.fillable(running);
              }

              @Override
              public void wrong(FillLayer layer) {
                wrong.add(layer);
                layers.distrust(layer);
              }
            },
            policy);
  }

  @AfterEach
  void close() {
    if (fill != null) {
      fill.close();
    }
    rig.close();
  }

  @Test
  void oneThatIsClosedBeforeItBegan_neverBegins() {
    node(Link.NONE, UnaryOperator.identity());
    make(AT_ONCE);
    assertThatCode(fill::close).doesNotThrowAnyException();
    assertThatCode(fill::start).doesNotThrowAnyException();
    assertThat(fill.status()).isEmpty();
  }

  /** Noise, which takes as many bytes in the registry. */
  private static byte[] tar(int seed, int megabytes) throws Exception {
    Tar tar = new Tar();
    Random random = new Random(seed);
    for (int i = 0; i < megabytes; i++) {
      byte[] content = new byte[1 << 20];
      random.nextBytes(content);
      tar.file("file-" + i, 0644, 0, content);
    }
    return tar.build();
  }

  private NodeImage image(byte[]... tars) throws Exception {
    NodeImage image = rig.push(tars);
    image.index();
    return image;
  }

  private void bring(NodeImage image) throws Exception {
    assertThat(rig.bring(layers, image, null, 1))
        .allSatisfy(each -> assertThat(each).isInstanceOf(Brought.Lazily.class));
  }

  private LayerCache bytes(int snapshot) {
    return Objects.requireNonNull(
        layers.fillable(Set.of((long) snapshot)).stream()
            .filter(FillLayer::running)
            .findFirst()
            .orElseThrow()
            .bytes());
  }

  private FillStatus status(int snapshot) {
    FillStatus status = fill.status().get(bytes(snapshot).key());
    return status == null ? new FillStatus(FillState.UNUSED, null) : status;
  }

  private void awaitState(int snapshot, FillState state) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(status(snapshot).state()).isEqualTo(state));
  }

  private long sent(NodeImage image, int layer) {
    return rig.registry.traffic().bytesSent(image.layer(layer));
  }

  @Test
  void whatAContainerHas_isFilledAndChecked_andNeedsNoRegistryAnyMore() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    byte[] used = tar(1, 3);
    NodeImage image = image(used, tar(2, 3));
    bring(image);
    running = Set.of(1L);
    start(AT_ONCE);
    awaitState(1, FillState.COMPLETE);
    assertThat(bytes(1).complete()).isTrue();
    assertThat(sent(image, 0))
        .isBetween(image.compressed(0) * 9 / 10, image.compressed(0) * 11 / 10);
    assertThat(status(2).state()).isEqualTo(FillState.UNUSED);
    assertThat(sent(image, 1)).isZero();
    assertThat(fill.counters().complete()).isEqualTo(1);
    assertThat(fill.counters().bytes()).isEqualTo(bytes(1).map().size());

    NodeRig.await(rig.registry.close());
    assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(used));
  }

  @Test
  void afterARestart_onlyTheRestIsFetched() throws Exception {
    node(SLOW, UnaryOperator.identity());
    NodeImage image = image(tar(3, 4));
    bring(image);
    String record = recordOf(image);
    running = Set.of(1L);
    start(policy(true, 0, 256 << 10));
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> bytes(1).bytesOnDisk() > 3 << 19);
    fill.close();
    rig.restart();
    layers = rig.open(NodeRig.ALL, false);
    layers.reopen(1, record).show(List.of());
    long before = bytes(1).bytesOnDisk();
    assertThat(before).isBetween(3L << 19, 7L << 19);
    rig.registry.traffic().reset();

    start(policy(true, 0, 256 << 10));
    awaitState(1, FillState.COMPLETE);
    long rest = bytes(1).map().size() - before;
    // Two steps of before may still have been on their way.
    assertThat(sent(image, 0)).isBetween(rest * 9 / 10, rest * 11 / 10 + (512 << 10));
  }

  private String recordOf(NodeImage image) throws Exception {
    Brought brought = rig.bring(layers, image, null, 9).getFirst();
    layers.forget(9);
    return ((Brought.Lazily) brought).record();
  }

  @Test
  void itStops_whenTheLastContainerIsGone_andGoesOnWithTheNext() throws Exception {
    node(SLOW, UnaryOperator.identity());
    bring(image(tar(4, 4)));
    running = Set.of(1L);
    start(policy(true, 0, 256 << 10));
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> bytes(1).bytesOnDisk() > 1 << 18);
    running = Set.of();
    awaitState(1, FillState.UNUSED);
    // What was on its way still comes; then nothing does, however often it looks.
    awaitStandstill();
    long stopped = bytes(1).bytesOnDisk();
    assertThat(stopped).isLessThan(bytes(1).map().size());
    running = Set.of(1L);
    Awaitility.await().until(() -> bytes(1).bytesOnDisk() > stopped);
  }

  /** Waits until no byte has come for longer than it takes to look at the layers again. */
  private void awaitStandstill() {
    long[] last = {-1};
    Awaitility.await()
        .during(Duration.ofMillis(1200))
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          long now = bytes(1).bytesOnDisk();
          boolean same = now == last[0];
          last[0] = now;
          return same;
        });
  }

  @Test
  void aFullCacheStopsIt_andNothingThatWasReadGoes() throws Exception {
    node(Link.NONE, options -> options.withDiskBytes(6 << 20));
    bring(image(tar(5, 4), tar(6, 4)));
    LayerCache read = bytes(1);
    read.read(0, (int) read.map().size(), Lane.DEMAND).get().close();
    Awaitility.await().until(() -> read.bytesOnDisk() == read.map().size());
    running = Set.of(2L);
    start(AT_ONCE);
    awaitState(2, FillState.NO_ROOM);
    Awaitility.await().until(() -> bytes(2).bytesOnDisk() > 0);
    assertThat(read.bytesOnDisk()).isEqualTo(read.map().size());
    assertThat(rig.engine().cache().stats().diskEvictionsForBound()).isZero();
    assertThat(fill.counters().noRoomNanos()).isPositive();
  }

  @Test
  void failuresAreNamed_andTriedAgain() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    NodeImage image = image(tar(7, 2));
    bring(image);
    rig.spoil(image, 0, Integer.MAX_VALUE, Fault.Status.of(404));
    running = Set.of(1L);
    start(AT_ONCE);
    Awaitility.await().untilAsserted(() -> assertThat(status(1).failure()).contains("404"));
    rig.registry.faults().clear();
    awaitState(1, FillState.COMPLETE);
    assertThat(fill.counters().failures()).isPositive();
    assertThat(status(1).failure()).isNull();
  }

  @Test
  void aTarThatIsNotWhatTheImageSays_isThrownAway_andNeverLazyAgain() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    byte[] tar = tar(8, 1);
    NodeImage image =
        NodeImage.push(rig.registry, List.of(tar), List.of(Digest.sha256(new byte[1])), null);
    image.index();
    bring(image);
    String record = recordOf(image);
    running = Set.of(1L);
    start(AT_ONCE);
    awaitState(1, FillState.WRONG);
    assertThat(status(1).failure()).contains("its tar is not sha256:").contains("index is wrong");
    assertThat(bytes(1).bytesOnDisk()).isZero();
    assertThat(wrong).hasSize(1);
    assertThat(rig.bring(layers, image, null, 5).getFirst()).isInstanceOf(Brought.Left.class);
    fill.close();
    rig.restart();
    layers = rig.open(NodeRig.ALL, false);
    assertThat(rig.bring(layers, image, null, 6).getFirst()).isInstanceOf(Brought.Left.class);
    // A container may still have it: it is shown again, and not filled again.
    long sent = sent(image, 0);
    layers.reopen(1, record).show(List.of());
    start(AT_ONCE);
    awaitState(1, FillState.WRONG);
    assertThat(sent(image, 0)).isEqualTo(sent);
  }

  @Test
  void aTarThatGnuTarFilledUp_isFilledCheckedAndSealed() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    Path files = Files.createDirectory(directory.resolve("files"));
    byte[] content = new byte[50_000];
    new Random(14).nextBytes(content);
    Files.write(files.resolve("a"), content);
    Path made = directory.resolve("gnu.tar");
    NodeRig.sh("tar -cf \"$1\" -C \"$2\" .", made, files);
    byte[] tar = Files.readAllBytes(made);
    NodeImage image = image(tar);
    bring(image);
    assertThat(tar.length % 10_240).as("GNU tar writes records of 20 blocks").isZero();
    assertThat(bytes(1).map().size())
        .as("the index does not tell of its end")
        .isLessThan(tar.length);
    running = Set.of(1L);
    start(AT_ONCE);
    awaitState(1, FillState.COMPLETE);
    assertThat(wrong).isEmpty();
    Path sealed = bytes(1).seal().orElseThrow();
    assertThat(Files.readAllBytes(sealed))
        .isEqualTo(Arrays.copyOf(tar, Math.toIntExact(bytes(1).map().size())));
    layers.settle(1);
    assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar));
  }

  @Test
  void whileAReaderWaits_itPauses() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    NodeImage image = image(tar(9, 2), tar(10, 1));
    bring(image);
    rig.spoil(image, 1, 1, new Fault.StallAfter(1000));
    var waiting = bytes(2).read(0, 100, Lane.DEMAND);
    running = Set.of(1L);
    start(new FillPolicy(true, 0, Duration.ofMinutes(1), Duration.ZERO, SOON, 1 << 20));
    awaitState(1, FillState.PAUSED);
    assertThat(bytes(1).bytesOnDisk()).isZero();
    assertThat(waiting).isNotDone();
    waiting.get().close();
    awaitState(1, FillState.COMPLETE);
    assertThat(fill.counters().pausedNanos()).isPositive();
  }

  @Test
  void warming_bringsWhatNobodyHas_evenIfFillingIsOff() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    NodeImage image = image(tar(11, 2), tar(12, 2));
    bring(image);
    running = Set.of(1L);
    start(policy(false, 1, 1 << 20));
    Awaitility.await().until(() -> fill.status().size() == 2);
    assertThat(status(1).state()).isEqualTo(FillState.OFF);
    assertThat(sent(image, 0)).isZero();
    fill.warm(List.of(bytes(2).key()));
    awaitState(2, FillState.COMPLETE);
    assertThat(status(1).state()).isEqualTo(FillState.OFF);
    assertThat(sent(image, 0)).isZero();
  }

  @Test
  void theRateIsKept() throws Exception {
    node(Link.NONE, UnaryOperator.identity());
    bring(image(tar(13, 4)));
    running = Set.of(1L);
    start(policy(true, 1, 256 << 10)); // a step is paid for after three days
    Awaitility.await().until(() -> bytes(1).bytesOnDisk() > 0);
    awaitStandstill();
    assertThat(bytes(1).bytesOnDisk()).isLessThanOrEqualTo(512 << 10);
  }
}
