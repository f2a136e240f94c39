package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Mounts come, show in the mount table, and go, whoever ends them and when. */
final class LifecycleTest extends ContractTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void theMountTableShowsIt() throws IOException {
    FuseMount mount = mount();
    assertThat(mount.isAlive()).isTrue();
    MountEntry entry = Mounts.top(mount.directory()).orElseThrow();
    assertThat(entry.type()).isEqualTo("fuse.sluice");
    assertThat(entry.source()).isEqualTo("sluice");
    assertThat(List.of(entry.options().split(",", -1)))
        .contains("ro")
        .doesNotContain("nodev", "nosuid", "noexec");
    assertThat(entry.superOptions()).contains("default_permissions").contains("allow_other");
    assertThat(Mounts.of("fuse.sluice", "sluice")).contains(entry);
    mount.close();
    assertThat(Mounts.top(mount.directory())).isEmpty();
    assertThat(mount.isAlive()).isFalse();
  }

  @Test
  void closeIsIdempotent() throws IOException {
    FuseMount mount = mount();
    mount.close();
    Mounts.mount("tmpfs", mount.directory(), "tmpfs", 0, "size=1m");
    mount.close();
    assertThat(Mounts.top(mount.directory())).map(MountEntry::type).hasValue("tmpfs");
  }

  @Test
  void closeWhileFilesAreOpen() throws IOException {
    fs.root().file("f", Content.random(1 << 20, 1));
    FuseMount mount = mount();
    String script =
        """
        import os, sys
        f = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
        os.pread(f, 4096, 0)
        open(sys.argv[2], 'w').close()
        while True:
          try:
            os.pread(f, 4096, 0)
          except OSError as e:
            print(e.errno)
            break
        """;
    Path ready = directory("ready").resolve("ready");
    Child child = Child.startPython(script, mount.directory().resolve("f"), ready);
    await().atMost(SOON).until(() -> Files.exists(ready));
    mount.close();
    assertThat(child.succeed().out().strip())
        .isIn(
            Integer.toString(Errno.ENOTCONN),
            Integer.toString(Errno.ECONNABORTED),
            Integer.toString(Errno.ENODEV));
    assertThat(mount.isAlive()).isFalse();
    assertThat(Mounts.top(mount.directory())).isEmpty();
  }

  @Test
  void closeWhileAReadWaits() throws Exception {
    BlockingQueue<ReadReply> waiting = new LinkedBlockingQueue<>();
    fs.root().file("f", Content.held(4096, waiting::add));
    FuseMount mount = mount();
    Child child = Child.start("cat", mount.directory().resolve("f"));
    ReadReply reply = take(waiting);
    mount.close();
    assertThat(child.await().exit()).isEqualTo(1);
    assertThat(mount.isAlive()).isFalse();

    // The late answer must go nowhere, above all not into a file that has got the descriptor since.
    Path victim = directory("victim").resolve("file");
    try (var file = Files.newOutputStream(victim)) {
      reply.error(Errno.EIO);
      waiting.forEach(other -> other.error(Errno.EIO));
      file.flush();
    }
    assertThat(victim).isEmptyFile();
  }

  @Test
  void aKilledReaderEndsWithItsAnswer() throws Exception {
    BlockingQueue<ReadReply> waiting = new LinkedBlockingQueue<>();
    fs.root().file("f", Content.held(4096, waiting::add));
    fs.root().file("other", Content.of("fine".getBytes(StandardCharsets.UTF_8)));
    try (FuseMount mount = mount()) {
      Child child = Child.start("cat", mount.directory().resolve("f"));
      ReadReply reply = take(waiting);
      child.signal();
      assertThat(Child.run("cat", mount.directory().resolve("other")).out()).isEqualTo("fine");
      reply.error(Errno.EIO);
      waiting.forEach(other -> other.error(Errno.EIO));
      assertThat(child.await().exit()).isNotZero();
      assertThat(mount.isAlive()).isTrue();
    }
  }

  @Test
  void anUnmountFromOutsideIsNoticed() throws IOException {
    FuseMount mount = mount();
    Child.run("umount", mount.directory());
    await().atMost(SOON).until(() -> !mount.isAlive());
    Mounts.mount("tmpfs", mount.directory(), "tmpfs", 0, "size=1m");
    mount.close();
    assertThat(Mounts.top(mount.directory())).map(MountEntry::type).hasValue("tmpfs");
  }

  @Test
  void mountsThatCannotBe() throws IOException {
    Path base = directory("base");
    FuseBridge bridge = kind.bridge();
    assertThatThrownBy(() -> bridge.mount(fs, base.resolve("absent"), MountOptions.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absent: no such directory");
    Path file = Files.createFile(base.resolve("file"));
    assertThatThrownBy(() -> bridge.mount(fs, file, MountOptions.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("file: no such directory");
    try (FuseMount mount = mount()) {
      assertThatThrownBy(() -> bridge.mount(fs, mount.directory(), MountOptions.DEFAULT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("mounted there already");
      assertThat(mount.isAlive()).isTrue();
    }
  }

  @Test
  void manyMountsInARow() throws IOException {
    fs.root().file("f", Content.of("x".getBytes(StandardCharsets.UTF_8)));
    Path target = directory("target");
    long descriptors = openDescriptors();
    for (int i = 0; i < 10; i++) {
      try (FuseMount mount = kind.bridge().mount(fs, target, MountOptions.DEFAULT)) {
        assertThat(Child.run("cat", target.resolve("f")).out()).isEqualTo("x");
        assertThat(mount.isAlive()).isTrue();
      }
    }
    assertThat(openDescriptors()).isLessThan(descriptors + 5);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("fuse-"));
  }

  @Test
  void newNamesAreSeen() throws IOException {
    fs.root().file("old", Content.of(new byte[0]));
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      assertThat(Child.start("stat", top.resolve("new")).await().exit()).isEqualTo(1);
      assertThat(Child.run("ls", top).lines()).containsExactly("old");
      fs.root().file("new", Content.of("x".getBytes(StandardCharsets.UTF_8)));
      mount.changed(ReadOnlyFs.ROOT, "new".getBytes(StandardCharsets.UTF_8));
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(Child.start("cat", top.resolve("new")).await().out()).isEqualTo("x");
            assertThat(Child.run("ls", top).lines()).containsExactly("new", "old");
          });
    }
  }

  @Test
  void counts() throws IOException {
    fs.root().file("f", Content.random(10_000, 1));
    try (FuseMount mount = mount()) {
      Child.run("cat", mount.directory().resolve("f"));
      FuseCounters counters = mount.counters();
      assertThat(counters.bytesRead()).isEqualTo(10_000);
      assertThat(counters.requests(FuseCounters.Operation.READ)).isPositive();
      assertThat(
              counters.requests(FuseCounters.Operation.LOOKUP)
                  + counters.requests(FuseCounters.Operation.GETATTR))
          .isPositive();
      assertThat(counters.errors(FuseCounters.Operation.READ)).isZero();
    }
  }

  private static long openDescriptors() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private static ReadReply take(BlockingQueue<ReadReply> waiting) throws InterruptedException {
    ReadReply reply = waiting.poll(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(reply).as("a read").isNotNull();
    return reply;
  }
}
