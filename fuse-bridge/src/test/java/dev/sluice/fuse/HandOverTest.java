package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A mount goes from one server to the next, and who reads does not notice. */
@Timeout(60)
@ParameterizedClass
@EnumSource(names = {"KERNEL", "KERNEL_WITHOUT_RESEND"})
final class HandOverTest extends MountingTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private FuseMount adopt(ReadOnlyFs tree, HandOver handOver, SessionFiles files)
      throws IOException {
    return kind.bridge().adopt(tree, handOver.session(), files, MountOptions.DEFAULT);
  }

  @Test
  void aReadThatTheFirstHasTakenIsAnsweredByTheSecond() throws Exception {
    BlockingQueue<ReadReply> taken = new LinkedBlockingQueue<>();
    fs.root().file("f", Content.held(5, taken::add));
    FuseMount first = mount();
    Child reader = Child.start("cat", first.directory().resolve("f"));
    assertThat(taken.poll(20, TimeUnit.SECONDS)).isNotNull();
    HandOver handOver = first.handOver().orElseThrow();
    assertThat(handOver.keepsRequests()).isTrue();
    SessionFiles files = handOver.duplicate();
    // It stops, and can't answer.
    assertThat(handOver.leave(Duration.ofMillis(50))).isFalse();
    assertThat(first.isAlive()).isFalse();

    MemoryFs again = new MemoryFs();
    again.root().file("f", Content.of("right".getBytes(StandardCharsets.UTF_8)));
    try (FuseMount second = adopt(again, handOver, files)) {
      assertThat(reader.succeed().out()).isEqualTo("right");
      assertThat(second.handOver().orElseThrow().session()).isEqualTo(handOver.session());
    }
    assertThat(Mounts.top(first.directory())).isEmpty();
  }

  @Test
  void aReadThatIsOnItsWayIsAnsweredBeforeTheServerLeaves() throws Exception {
    BlockingQueue<ReadReply> taken = new LinkedBlockingQueue<>();
    fs.root().file("f", Content.held(5, taken::add));
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    Child reader = Child.start("cat", first.directory().resolve("f"));
    ReadReply reply = taken.poll(20, TimeUnit.SECONDS);
    SessionFiles files = handOver.duplicate();
    CompletableFuture<Boolean> left = CompletableFuture.supplyAsync(() -> handOver.leave(LONG));
    assertThat(left).isNotDone();
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocateFrom("right").address();
      reply.data(new long[] {address}, new long[] {5}, 1);
    }
    assertThat(left.get(20, TimeUnit.SECONDS)).isTrue();
    // Whatever else it asks is asked of the next.
    try (FuseMount _ = adopt(fs, handOver, files)) {
      assertThat(reader.succeed().out()).isEqualTo("right");
    }
  }

  @Test
  void requestsWaitWhileNobodyServes() throws Exception {
    fs.root().file("f", Content.of("x".getBytes(StandardCharsets.UTF_8)));
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    SessionFiles files = handOver.duplicate();
    assertThat(handOver.leave(LONG)).isTrue();
    assertThat(handOver.leave(LONG)).isTrue();
    assertThatThrownBy(handOver::duplicate).hasMessageContaining("has ended");
    Child reader = Child.start("cat", first.directory().resolve("f"));
    try (FuseMount _ = adopt(fs, handOver, files)) {
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
    SessionFiles files = handOver.duplicate();
    HolderProcess holder = HolderProcess.start(files.numbers(), first.directory().toString());
    files.close();
    assertThat(handOver.leave(LONG)).isTrue();
    assertThat(holder.isAlive()).isTrue();
    assertThat(new HolderProcess(holder.pid(), holder.startTicks() + 1).fetch()).isEmpty();
    assertThat(HolderProcess.of(first.directory().toString())).containsExactly(holder);
    assertThat(openFiles(holder)).hasSize(3 + files.numbers().size());
    assertThat(Path.of("/proc/" + holder.pid() + "/cwd").toRealPath()).isEqualTo(Path.of("/"));

    SessionFiles fetched = SessionFiles.of(holder.fetch());
    assertThat(Descriptors.name(fetched.device())).isEqualTo("/dev/fuse");
    assertThat(fetched.requests().isPresent()).isEqualTo(kind == BridgeKind.KERNEL_WITHOUT_RESEND);
    try (FuseMount second = adopt(fs, handOver, fetched)) {
      assertThat(Child.run("cat", second.directory().resolve("f")).out()).isEqualTo("kept");
    }
    // The mount has gone, and the holder shows it.
    SessionFiles dead = SessionFiles.of(holder.fetch());
    assertThatThrownBy(() -> adopt(fs, handOver, dead))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not mounted there any more");
    assertThat(Descriptors.hasEnded(dead.device())).isTrue();
    dead.close();
    holder.end();
    assertThat(holder.isAlive()).isFalse();
    assertThat(holder.fetch()).isEmpty();
    holder.end();
  }

  @Test
  void anotherMountAtTheSamePlaceIsNotTakenForOurs() throws Exception {
    FuseMount first = mount();
    HandOver handOver = first.handOver().orElseThrow();
    SessionFiles files = handOver.duplicate();
    first.close();
    try (FuseMount other = kind.bridge().mount(fs, first.directory(), MountOptions.DEFAULT)) {
      MountedSession session = handOver.session();
      MountedSession wrong =
          new MountedSession(
              session.directory(),
              other.handOver().orElseThrow().session().device(),
              session.minor(),
              session.flags());
      assertThatThrownBy(() -> kind.bridge().adopt(fs, wrong, files, MountOptions.DEFAULT))
          .hasMessageContaining("its session has ended");
      files.close();
      assertThat(other.isAlive()).isTrue();
    }
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
}
