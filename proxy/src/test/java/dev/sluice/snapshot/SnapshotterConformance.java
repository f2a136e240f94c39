package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Timestamp;
import containerd.services.snapshots.v1.Info;
import containerd.services.snapshots.v1.Kind;
import containerd.services.snapshots.v1.UsageResponse;
import containerd.types.Mount;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a snapshotter does, whoever it is: run against ours at its socket, against ours through a
 * real containerd, and against that containerd's own overlayfs.
 */
@NeedsRoot
abstract class SnapshotterConformance {
  private static final String GC = "containerd.io/snapshot/keep";

  SnapshotsClient client;

  /** Begins with a letter that no other test of the class uses, so that names differ. */
  private String prefix;

  abstract SnapshotsClient connect() throws IOException;

  /** Has what is removed deleted, if there is a way to say so. */
  abstract void cleanUp();

  @BeforeEach
  void connectClient() throws IOException {
    client = connect();
    prefix = "t" + Long.toString(System.nanoTime(), 36) + "-";
  }

  @AfterEach
  void removeSnapshots() {
    Set<String> left = new HashSet<>();
    client.names().stream().filter(name -> name.startsWith(prefix)).forEach(left::add);
    for (int pass = 0; pass < 200 && !left.isEmpty(); pass++) {
      left.removeIf(this::tryRemove);
    }
    assertThat(left).isEmpty();
    client.close();
  }

  private boolean tryRemove(String name) {
    try {
      client.remove(name);
      return true;
    } catch (GrpcFailure e) {
      assertThat(e.status()).isEqualTo(GrpcStatus.FAILED_PRECONDITION);
      return false;
    }
  }

  private String name(String name) {
    return prefix + name;
  }

  /** Commits a layer with one file. */
  private String layer(String name, String parent) throws IOException {
    try (Mounted mounted = new Mounted(client.prepare(name(name + "-active"), parent))) {
      Files.writeString(mounted.path(name), name);
    }
    client.commit(name(name), name(name + "-active"));
    return name(name);
  }

  private static void fails(GrpcStatus status, ThrowingCallable call) {
    assertThatExceptionOfType(GrpcFailure.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.status()).as(e.getMessage()).isEqualTo(status));
  }

  private static Instant instant(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }

  private static Set<String> tree(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return new HashSet<>(
          all.filter(path -> !path.equals(top))
              .map(path -> top.relativize(path).toString())
              .toList());
    }
  }

  @Test
  void layersShowWhatWasWrittenAndNotWhatWasDeleted() throws IOException {
    try (Mounted base = new Mounted(client.prepare(name("a"), ""))) {
      Files.createDirectories(base.path("etc/old"));
      Files.writeString(base.path("etc/old/x"), "x");
      Files.writeString(base.path("etc/conf"), "one");
      Files.writeString(base.path("gone"), "");
    }
    client.commit(name("base"), name("a"));
    try (Mounted next = new Mounted(client.prepare(name("b"), name("base")))) {
      assertThat(next.path("etc/conf")).hasContent("one");
      Files.writeString(next.path("etc/conf"), "two");
      Files.delete(next.path("gone"));
      Files.delete(next.path("etc/old/x"));
      Files.delete(next.path("etc/old"));
      Files.createDirectory(next.path("etc/old"));
      Files.move(next.path("etc/conf"), next.path("etc/moved"));
    }
    client.commit(name("top"), name("b"));
    try (Mounted view = new Mounted(client.view(name("v"), name("top")))) {
      assertThat(tree(view.path())).containsExactlyInAnyOrder("etc", "etc/old", "etc/moved");
      assertThat(view.path("etc/moved")).hasContent("two");
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Files.writeString(view.path("no"), ""));
    }
    try (Mounted view = new Mounted(client.view(name("w"), name("base")))) {
      assertThat(view.path("etc/conf")).hasContent("one");
      assertThat(view.path("gone")).exists();
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Files.writeString(view.path("no"), ""));
    }
  }

  /** As with containerd, a directory of a lower layer is not renamed but copied by mv. */
  @Test
  void directoriesOfLowerLayersAreMovedByCopying() throws Exception {
    try (Mounted base = new Mounted(client.prepare(name("a"), ""))) {
      Files.createDirectories(base.path("d/e"));
      Files.writeString(base.path("d/e/f"), "f");
    }
    client.commit(name("base"), name("a"));
    try (Mounted next = new Mounted(client.prepare(name("b"), name("base")))) {
      Process mv =
          new ProcessBuilder("mv", next.path("d").toString(), next.path("m").toString()).start();
      assertThat(mv.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(mv.exitValue()).isZero();
    }
    client.commit(name("moved"), name("b"));
    try (Mounted view = new Mounted(client.view(name("v"), name("moved")))) {
      assertThat(tree(view.path())).containsExactlyInAnyOrder("m", "m/e", "m/e/f");
    }
  }

  @Test
  void mountsHaveTheFormThatContainerdKnows() throws IOException {
    Mount single = client.prepare(name("a"), "").getFirst();
    assertThat(single.getType()).isEqualTo("bind");
    assertThat(single.getOptionsList()).containsExactly("rw", "rbind");
    assertThat(client.mounts(name("a"))).containsExactly(single);
    client.commit(name("base"), name("a"));

    Mount one = client.view(name("v"), name("base")).getFirst();
    assertThat(one.getType()).isEqualTo("bind");
    assertThat(one.getSource()).isEqualTo(single.getSource());
    assertThat(one.getOptionsList()).containsExactly("ro", "rbind");

    Mount overlay = client.prepare(name("b"), name("base")).getFirst();
    assertThat(overlay.getType()).isEqualTo("overlay");
    assertThat(overlay.getSource()).isEqualTo("overlay");
    Map<String, String> options = options(overlay);
    assertThat(options).containsEntry("lowerdir", single.getSource()).containsEntry("index", "off");
    assertThat(options.get("upperdir")).endsWith("/fs");
    assertThat(options.get("workdir")).endsWith("/work");
    assertThat(client.mounts(name("b"))).containsExactly(overlay);
    client.commit(name("top"), name("b"));

    Map<String, String> two = options(client.view(name("w"), name("top")).getFirst());
    assertThat(two)
        .containsEntry("lowerdir", options.get("upperdir") + ":" + single.getSource())
        .doesNotContainKeys("upperdir", "workdir");

    Mount empty = client.view(name("e"), "").getFirst();
    assertThat(empty.getOptionsList()).containsExactly("ro", "rbind");
  }

  private static Map<String, String> options(Mount mount) {
    Map<String, String> options = new TreeMap<>();
    for (String option : mount.getOptionsList()) {
      String[] parts = option.split("=", 2);
      options.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return options;
  }

  @Test
  void newSnapshotsMustHaveCommittedParentsAndFreeNames() throws IOException {
    String base = layer("base", "");
    client.prepare(name("active"), base);
    client.view(name("view"), base);
    for (String taken : List.of(base, name("active"), name("view"))) {
      fails(GrpcStatus.ALREADY_EXISTS, () -> client.prepare(taken, ""));
      fails(GrpcStatus.ALREADY_EXISTS, () -> client.view(taken, base));
    }
    fails(GrpcStatus.NOT_FOUND, () -> client.prepare(name("x"), name("none")));
    fails(GrpcStatus.NOT_FOUND, () -> client.view(name("x"), name("none")));
    for (String uncommitted : List.of(name("active"), name("view"))) {
      fails(GrpcStatus.INVALID_ARGUMENT, () -> client.prepare(name("x"), uncommitted));
      fails(GrpcStatus.INVALID_ARGUMENT, () -> client.view(name("x"), uncommitted));
    }
    fails(GrpcStatus.NOT_FOUND, () -> client.stat(name("x")));
    assertThat(client.names("name~=^" + prefix))
        .containsExactly(name("active"), base, name("view"));
  }

  @Test
  void onlyActiveSnapshotsAreCommittedAndOnlyToFreeNames() throws IOException {
    String base = layer("base", "");
    client.prepare(name("active"), base);
    client.view(name("view"), base);
    fails(GrpcStatus.NOT_FOUND, () -> client.commit(name("x"), name("none")));
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.commit(name("x"), name("view")));
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.commit(name("x"), base));
    fails(GrpcStatus.ALREADY_EXISTS, () -> client.commit(base, name("active")));
    fails(GrpcStatus.ALREADY_EXISTS, () -> client.commit(name("active"), name("active")));
    fails(GrpcStatus.ALREADY_EXISTS, () -> client.commit(name("view"), name("active")));
    client.commit(name("done"), name("active"));
    fails(GrpcStatus.NOT_FOUND, () -> client.commit(name("again"), name("active")));
    fails(GrpcStatus.NOT_FOUND, () -> client.stat(name("active")));
    assertThat(client.stat(name("done")).getParent()).isEqualTo(base);
  }

  @Test
  void onlyActiveSnapshotsAndViewsHaveMounts() throws IOException {
    String base = layer("base", "");
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.mounts(base));
    fails(GrpcStatus.NOT_FOUND, () -> client.mounts(name("none")));
  }

  @Test
  void snapshotsThatOthersBuildOnStay() throws IOException {
    String base = layer("base", "");
    String top = layer("top", base);
    client.view(name("view"), top);
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.remove(base));
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.remove(top));
    client.remove(name("view"));
    client.remove(top);
    client.prepare(name("active"), base);
    fails(GrpcStatus.FAILED_PRECONDITION, () -> client.remove(base));
    client.remove(name("active"));
    client.remove(base);
    fails(GrpcStatus.NOT_FOUND, () -> client.remove(base));
    fails(GrpcStatus.NOT_FOUND, () -> client.stat(base));
    assertThat(client.names("name~=^" + prefix)).isEmpty();
    layer("base", "");
  }

  @Test
  void anActiveSnapshotInUseCanBeRemoved() throws IOException {
    String base = layer("base", "");
    try (Mounted mounted = new Mounted(client.prepare(name("active"), base))) {
      Files.writeString(mounted.path("new"), "new");
      client.remove(name("active"));
      cleanUp();
      assertThat(mounted.path("base")).hasContent("base");
    }
    fails(GrpcStatus.NOT_FOUND, () -> client.mounts(name("active")));
    client.prepare(name("active"), base);
  }

  @Test
  void statTellsWhatWasGiven() throws IOException {
    client.prepare(name("a"), "", Map.of("containerd.io/snapshot/l", "1", GC, "x"));
    Info active = client.stat(name("a"));
    assertThat(active.getName()).isEqualTo(name("a"));
    assertThat(active.getParent()).isEmpty();
    assertThat(active.getKind()).isEqualTo(Kind.ACTIVE);
    assertThat(active.getLabelsMap())
        .containsOnly(Map.entry("containerd.io/snapshot/l", "1"), Map.entry(GC, "x"));
    assertThat(active.getUpdatedAt()).isEqualTo(active.getCreatedAt());

    client.commit(name("c"), name("a"), "", Map.of("containerd.io/snapshot/other", "2"));
    Info committed = client.stat(name("c"));
    assertThat(committed.getKind()).isEqualTo(Kind.COMMITTED);
    assertThat(committed.getLabelsMap())
        .containsOnly(Map.entry("containerd.io/snapshot/other", "2"));
    assertThat(instant(committed.getCreatedAt())).isAfter(instant(active.getCreatedAt()));
    assertThat(committed.getUpdatedAt()).isEqualTo(committed.getCreatedAt());

    client.view(name("v"), name("c"), Map.of());
    Info view = client.stat(name("v"));
    assertThat(view.getKind()).isEqualTo(Kind.VIEW);
    assertThat(view.getParent()).isEqualTo(name("c"));
    assertThat(client.list("name==" + name("v"))).containsExactly(view);
  }

  @Test
  void labelsAreUpdatedAsTheMaskSays() throws IOException {
    String base = layer("base", "");
    Info before = client.stat(base);
    Info all = client.update(base, Map.of("a", "1", "b", "2"));
    assertThat(all.getLabelsMap()).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
    assertThat(all.getCreatedAt()).isEqualTo(before.getCreatedAt());
    assertThat(instant(all.getUpdatedAt())).isAfter(instant(before.getUpdatedAt()));
    assertThat(client.stat(base)).isEqualTo(all);

    client.update(base, Map.of("a", "3", "b", "4", "c", "5"), "labels.a", "labels.c");
    assertThat(client.stat(base).getLabelsMap())
        .containsOnly(Map.entry("a", "3"), Map.entry("b", "2"), Map.entry("c", "5"));
    client.update(base, Map.of("b", ""), "labels.b", "labels.c");
    assertThat(client.stat(base).getLabelsMap()).containsOnly(Map.entry("a", "3"));
    client.update(base, Map.of("x.y/z", "7"), "labels");
    assertThat(client.stat(base).getLabelsMap()).containsOnly(Map.entry("x.y/z", "7"));
    client.update(base, Map.of());
    assertThat(client.stat(base).getLabelsMap()).isEmpty();
    assertThat(client.stat(base).getKind()).isEqualTo(Kind.COMMITTED);

    fails(GrpcStatus.NOT_FOUND, () -> client.update(name("none"), Map.of("a", "1")));
    for (String path : List.of("name", "parent", "kind", "created_at", "label", "")) {
      fails(GrpcStatus.INVALID_ARGUMENT, () -> client.update(base, Map.of("a", "1"), path));
    }
    assertThat(client.stat(base).getLabelsMap()).isEmpty();
  }

  @Test
  void usageCountsSpaceOnceAndIsKeptAtCommit() throws IOException {
    try (Mounted mounted = new Mounted(client.prepare(name("a"), ""))) {
      UsageResponse empty = client.usage(name("a"));
      assertThat(empty.getInodes()).isEqualTo(1);
      Files.write(mounted.path("data"), new byte[100_000]);
      Files.createLink(mounted.path("same"), mounted.path("data"));
      Files.createSymbolicLink(mounted.path("link"), Path.of("data"));
      Files.createDirectory(mounted.path("dir"));
      try (RandomAccessFile sparse = new RandomAccessFile(mounted.path("sparse").toFile(), "rw")) {
        sparse.setLength(1 << 30);
        sparse.getFD().sync();
      }
      try (RandomAccessFile data = new RandomAccessFile(mounted.path("data").toFile(), "rw")) {
        data.getFD().sync();
      }
      UsageResponse full = client.usage(name("a"));
      assertThat(full.getInodes()).isEqualTo(5);
      assertThat(full.getSize() - empty.getSize()).isBetween(100_000L, 120_000L);
      client.commit(name("c"), name("a"));
      assertThat(client.usage(name("c"))).isEqualTo(full);
    }
    client.view(name("v"), name("c"));
    assertThat(client.usage(name("v"))).isEqualTo(UsageResponse.getDefaultInstance());
    client.prepare(name("b"), name("c"));
    assertThat(client.usage(name("b")).getInodes()).isEqualTo(1);
    fails(GrpcStatus.NOT_FOUND, () -> client.usage(name("none")));
  }

  @Test
  void theTopDirectoryHasItsParentsOwner() throws IOException {
    try (Mounted mounted = new Mounted(client.prepare(name("a"), ""))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mounted.path())))
          .isEqualTo("rwxr-xr-x");
      Files.setAttribute(mounted.path(), "unix:uid", 1234);
      Files.setAttribute(mounted.path(), "unix:gid", 2345);
    }
    client.commit(name("base"), name("a"));
    try (Mounted mounted = new Mounted(client.prepare(name("b"), name("base")))) {
      assertThat(Files.getAttribute(mounted.path(), "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(1234);
      assertThat(Files.getAttribute(mounted.path(), "unix:gid", LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(2345);
    }
  }

  @Test
  void listGivesWhatMatchesAnyFilter() throws IOException {
    String base = layer("base", "");
    client.prepare(name("a"), base, Map.of("containerd.io/snapshot/x.y", "v1"));
    client.view(name("b"), base, Map.of("containerd.io/snapshot/x.y", "v2"));
    String mine = "name~=\"^" + prefix + "\"";
    String label = "labels.\"containerd.io/snapshot/x.y\"";
    assertThat(client.names(mine)).containsExactly(name("a"), name("b"), base);
    assertThat(client.names("name==" + base)).containsExactly(base);
    assertThat(client.names(mine + ",kind==active")).containsExactly(name("a"));
    assertThat(client.names(mine + ",kind==view", mine + ",kind==committed"))
        .containsExactly(name("b"), base);
    assertThat(client.names("parent==\"" + base + "\"")).containsExactly(name("a"), name("b"));
    assertThat(client.names(mine + "," + label)).containsExactly(name("a"), name("b"));
    assertThat(client.names(mine + "," + label + "==v2")).containsExactly(name("b"));
    assertThat(client.names(mine + "," + label + "!=v2")).containsExactly(name("a"), base);
    assertThat(client.names(mine + "," + label + "~=/v[13]/")).containsExactly(name("a"));
    assertThat(client.names(mine + ",name.ignored==" + base)).containsExactly(base);
    assertThat(client.names(mine + ",unknown!=x")).hasSize(3);
    assertThat(client.names(mine + ",unknown")).isEmpty();
    assertThat(client.names("")).contains(name("a"));
    for (String bad : List.of("name=x", "name==", "==x", "name==\"x", "name~=x y", ",", "a..b")) {
      assertThatExceptionOfType(GrpcFailure.class).as(bad).isThrownBy(() -> client.list(bad));
    }
  }
}
