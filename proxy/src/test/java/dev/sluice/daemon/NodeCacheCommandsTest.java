package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.control.CacheCommands;
import dev.sluice.control.CacheStatus;
import dev.sluice.control.ImageStatus;
import dev.sluice.control.LayerStatus;
import dev.sluice.control.MountStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fill.BackgroundFill;
import dev.sluice.fill.FillPolicy;
import dev.sluice.fill.FillState;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.LayerCare;
import dev.sluice.node.LayersInPractice;
import dev.sluice.node.Pins;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands about the cache, on real layers. */
@NeedsRoot
@Timeout(60)
class NodeCacheCommandsTest {
  private static final String WHOLE = "r.example/whole:1";

  @TempDir Path directory;
  private LayersInPractice practice;
  private BackgroundFill fill;
  private CacheCommands commands;

  private void node(long diskBytes, List<String> pinned) {
    practice = new LayersInPractice(directory, diskBytes);
    Pins pins = Pins.open(directory.resolve("pins.json"), practice.cache(), pinned);
    fill =
        BackgroundFill.of(
            practice.cache(),
            new LayerCare(practice.layers(), practice.cache(), pins, Set::of),
            new FillPolicy(
                false,
                0,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1 << 20));
    fill.start();
    commands =
        new NodeCacheCommands(
            new Images(),
            practice.layers(),
            practice.cache(),
            pins,
            fill,
            practice.runs(),
            diskBytes);
  }

  @AfterEach
  void close() {
    fill.close();
    practice.close();
  }

  private static void fails(ThrowingCallable act, FailureKind kind, String message, String advice) {
    assertThatThrownBy(act)
        .isInstanceOfSatisfying(
            SluiceException.class,
            e -> {
              assertThat(e).hasMessageContaining(message);
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(String.valueOf(e.advice())).contains(advice);
            });
  }

  @Test
  void warmBringsAll_pinKeepsIt_unpinAndCollectDropIt() throws Exception {
    node(1 << 30, List.of());
    String image = practice.bringLazily(3 << 20);
    assertThat(commands.warm(image).missingBytes()).isGreaterThan(3 << 20);
    Awaitility.await()
        .until(() ->
            fill.status().values().stream().allMatch(each -> each.state() == FillState.COMPLETE));
    assertThat(commands.warm(image).missingBytes()).isZero();

    assertThat(commands.pin(image).pinned()).isTrue();
    assertThat(practice.cache().stats().pinnedBytes()).isGreaterThan(3 << 20);
    practice.layers().forget(1);
    assertThat(commands.collect()).as("a pinned image that is gone").isEmpty();
    assertThat(commands.unpin(image).pinned()).isFalse();
    assertThat(commands.collect())
        .singleElement()
        .satisfies(each -> assertThat(each.bytes()).isGreaterThan(3 << 20));
    assertThat(practice.cache().stats().diskBytes()).isZero();
  }

  @Test
  void pinsAreFoundAgain_andTheConfigurationPinsToo() throws Exception {
    node(1 << 30, List.of("*/team/app:*"));
    String image = practice.bringLazily(1 << 20);
    Awaitility.await().until(() -> commands.warm(image).pinned());
    commands.pin(image);
    Pins again = Pins.open(directory.resolve("pins.json"), practice.cache(), List.of());
    assertThat(again.images()).containsExactly(image);
    commands.unpin(image);
    fails(
        () -> commands.unpin(image),
        FailureKind.NOT_FOUND,
        "it is not pinned by command",
        "cache.pinned_images in the configuration pins it");
    Awaitility.await().until(() -> commands.warm(image).pinned());
  }

  @Test
  void whatCanNotBe_isSaid() throws Exception {
    node(1 << 20, List.of());
    String image = practice.bringLazily(3 << 20);
    fails(
        () -> commands.pin("nobody/knows:it"),
        FailureKind.NOT_FOUND,
        "pin docker.io/nobody/knows:it: no layer of it is on this node",
        "sluice ps");
    fails(() -> commands.pin("No Reference"), FailureKind.INVALID, "image reference", "");
    fails(
        () -> commands.warm(WHOLE),
        FailureKind.INVALID,
        "none of its layers is lazy; all of it is on this node already",
        "");
    fails(
        () -> commands.warm(image),
        FailureKind.EXHAUSTED,
        "the cache has room for 1048576",
        "cache.disk");
    fails(() -> commands.pin(image), FailureKind.EXHAUSTED, "the cache may take", "cache.disk");
    fails(() -> commands.unpin(image), FailureKind.NOT_FOUND, "not pinned", "pinned are: none");
  }

  /** What the service knows of images that have no lazy layers. */
  private static final class Images implements NodeStatus {
    @Override
    public ServiceStatus service() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<ImageStatus> images() {
      return List.of(
          new ImageStatus(WHOLE, "", 1, 0, 1, 1, 0, 0, 0, 0, null, false, false, Instant.EPOCH));
    }

    @Override
    public List<LayerStatus> layers() {
      return List.of();
    }

    @Override
    public List<MountStatus> mounts() {
      return List.of();
    }

    @Override
    public CacheStatus cache() {
      throw new UnsupportedOperationException();
    }
  }
}
