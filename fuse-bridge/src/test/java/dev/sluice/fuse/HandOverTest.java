package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.fuse.linux.HolderProcess;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A mount goes from one server to the next, and who reads does not notice. */
@Timeout(60)
final class HandOverTest extends MountingTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private final FuseBridge bridge = new KernelFuseBridge();

  HandOverTest() {
    kind = BridgeKind.KERNEL;
  }

  @Test
  void aReadThatTheFirstHasTakenIsAnsweredByTheSecond() throws Exception {
    BlockingQueue<ReadReply> taken = new LinkedBlockingQueue<>();
    fs.root().file("f", keeping(taken));
    FuseMount first = mount();
    Child reader = Child.start("cat", first.directory().resolve("f"));
    assertThat(taken.poll(20, TimeUnit.SECONDS)).isNotNull();
    HandOver handOver = first.handOver().orElseThrow();
    assertThat(handOver.canResend()).isTrue();
    int descriptor = handOver.duplicate();
    // It stops, and can't answer.
    assertThat(handOver.leave(Duration.ofMillis(50))).isFalse();
    assertThat(first.isAlive()).isFalse();

    MemoryFs again = new MemoryFs();
    again.root().file("f", Content.of("right".getBytes(StandardCharsets.UTF_8)));
    try (FuseMount second =
        bridge.adopt(again, handOver.session(), descriptor, MountOptions.DEFAULT)) {
      assertThat(reader.succeed().out()).isEqualTo("right");
      assertThat(second.handOver().orElseThrow().session()).isEqualTo(handOver.session());
    }
    assertThat(Mounts.top(first.directory())).isEmpty();
  }

  @Test
  void aReadThatIsOnItsWayIsAnsweredBeforeTheServerLeaves() throws Exception {
    BlockingQueue<ReadReply> taken = new LinkedBlockingQueue<>();
    fs.root().file("f", keeping(taken));
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    Child reader = Child.start("cat", first.directory().resolve("f"));
    ReadReply reply = taken.poll(20, TimeUnit.SECONDS);
    int descriptor = handOver.duplicate();
    CompletableFuture<Boolean> left = CompletableFuture.supplyAsync(() -> handOver.leave(LONG));
    assertThat(left).isNotDone();
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocateFrom("right").address();
      reply.data(new long[] {address}, new long[] {5}, 1);
    }
    assertThat(left.get(20, TimeUnit.SECONDS)).isTrue();
    // Whatever else it asks is asked of the next.
    try (FuseMount _ = bridge.adopt(fs, handOver.session(), descriptor, MountOptions.DEFAULT)) {
      assertThat(reader.succeed().out()).isEqualTo("right");
    }
  }

  @Test
  void requestsWaitWhileNobodyServes() throws Exception {
    fs.root().file("f", Content.of("x".getBytes(StandardCharsets.UTF_8)));
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    int descriptor = handOver.duplicate();
    assertThat(handOver.leave(LONG)).isTrue();
    assertThat(handOver.leave(LONG)).isTrue();
    assertThatThrownBy(handOver::duplicate).hasMessageContaining("has ended");
    Child reader = Child.start("cat", first.directory().resolve("f"));
    try (FuseMount _ = bridge.adopt(fs, handOver.session(), descriptor, MountOptions.DEFAULT)) {
      assertThat(reader.succeed().out()).isEqualTo("x");
    }
  }

  @Test
  void requestsWaitForWhatTheFileSystemAwaits_othersDoNot() throws Exception {
    CompletableFuture<Void> there = new CompletableFuture<>();
    fs.root().file("f", Content.of("late".getBytes(StandardCharsets.UTF_8)));
    try (FuseMount mount = mount(awaiting(() -> there.isDone() ? null : there))) {
      Child reader = Child.start("cat", mount.directory().resolve("f"));
      Child.run("ls", mount.directory());
      assertThat(mount.counters().requests(FuseCounters.Operation.READDIR)).isPositive();
      there.complete(null);
      assertThat(reader.succeed().out()).isEqualTo("late");
    }
  }

  @Test
  void whatDoesNotComeIsAnError() throws Exception {
    fs.root().file("f", Content.of("never".getBytes(StandardCharsets.UTF_8)));
    try (FuseMount mount =
        mount(awaiting(() -> CompletableFuture.failedStage(new IOException("no"))))) {
      Child reader = Child.start("cat", mount.directory().resolve("f"));
      assertThat(reader.await().err()).contains("Input/output error");
    }
  }

  @Test
  void aHolderKeepsTheSession_andEnds() throws Exception {
    fs.root().file("f", Content.of("kept".getBytes(StandardCharsets.UTF_8)));
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    int descriptor = handOver.duplicate();
    HolderProcess holder = HolderProcess.start(descriptor, first.directory().toString());
    Descriptors.close(descriptor);
    assertThat(handOver.leave(LONG)).isTrue();
    assertThat(holder.isAlive()).isTrue();
    assertThat(new HolderProcess(holder.pid(), holder.startTicks() + 1).fetch()).isEmpty();
    assertThat(HolderProcess.of(first.directory().toString())).containsExactly(holder);
    assertThat(openFiles(holder)).containsExactlyInAnyOrder("0", "1", "2", "3");
    assertThat(Path.of("/proc/" + holder.pid() + "/cwd").toRealPath()).isEqualTo(Path.of("/"));

    int fetched = holder.fetch().orElseThrow();
    assertThat(Descriptors.name(fetched)).isEqualTo("/dev/fuse");
    try (FuseMount second = bridge.adopt(fs, handOver.session(), fetched, MountOptions.DEFAULT)) {
      assertThat(Child.run("cat", second.directory().resolve("f")).out()).isEqualTo("kept");
    }
    // The mount has gone, and the holder shows it.
    int dead = holder.fetch().orElseThrow();
    assertThatThrownBy(() -> bridge.adopt(fs, handOver.session(), dead, MountOptions.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not mounted there any more");
    assertThat(Descriptors.hasEnded(dead)).isTrue();
    Descriptors.close(dead);
    holder.end();
    assertThat(holder.isAlive()).isFalse();
    assertThat(holder.fetch()).isEmpty();
    holder.end();
  }

  @Test
  void anotherMountAtTheSamePlaceIsNotTakenForOurs() throws Exception {
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    int descriptor = handOver.duplicate();
    first.close();
    try (FuseMount other = bridge.mount(fs, first.directory(), MountOptions.DEFAULT)) {
      MountedSession session = handOver.session();
      MountedSession wrong =
          new MountedSession(
              session.directory(),
              other.handOver().orElseThrow().session().device(),
              session.minor(),
              session.flags());
      assertThatThrownBy(() -> bridge.adopt(fs, wrong, descriptor, MountOptions.DEFAULT))
          .hasMessageContaining("its session has ended");
      Descriptors.close(descriptor);
      assertThat(other.isAlive()).isTrue();
    }
  }

  @Test
  void libfuseCanNot() {
    MountedSession session = new MountedSession(Path.of("/x"), "0:1", 41, 0);
    assertThatThrownBy(() -> new JnrFuseBridge().adopt(fs, session, -1, MountOptions.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("libfuse can't serve what another process has mounted");
  }

  /** The tree, all nodes of which but the root await something. */
  private ReadOnlyFs awaiting(Supplier<@Nullable CompletionStage<?>> awaited) {
    return (ReadOnlyFs)
        Proxy.newProxyInstance(
            ReadOnlyFs.class.getClassLoader(),
            new Class<?>[] {ReadOnlyFs.class},
            (_, method, arguments) -> {
              if (method.getName().equals("awaited")) {
                return arguments[0].equals(ReadOnlyFs.ROOT) ? null : awaited.get();
              }
              return method.invoke(fs, arguments);
            });
  }

  private static Iterable<String> openFiles(HolderProcess holder) throws IOException {
    try (var files = Files.list(Path.of("/proc/" + holder.pid() + "/fd"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static Content keeping(BlockingQueue<ReadReply> taken) {
    return new Content() {
      @Override
      public long size() {
        return 5;
      }

      @Override
      public void read(long offset, int size, ReadReply reply) {
        taken.add(reply);
      }
    };
  }
}
