package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Proxy;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each request gets one answer that the kernel takes, whatever its bytes are. */
final class DispatcherTest {
  private static final long SEED = 7_411;
  private static final int ROUNDS = 50_000;
  private static final Set<Integer> SILENT =
      Set.of(Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT);

  private final Recorder recorder = new Recorder();
  private final MemorySegment in = Arena.ofAuto().allocate(64 << 10, 8);

  @Test
  void randomBytes() {
    Random random = new Random(SEED);
    Dispatcher dispatcher = dispatcher(tree(), InitFlags.WANTED);
    for (int round = 0; round < ROUNDS; round++) {
      int length = random.nextInt(random.nextBoolean() ? 64 : 300);
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      MemorySegment.copy(bytes, 0, in, JAVA_BYTE, 0, length);
      if (length >= 40) {
        in.set(JAVA_INT, 4, random.nextInt(60));
        in.set(JAVA_INT, 0, random.nextInt(8) == 0 ? random.nextInt() : length);
      }
      assertAnswered(dispatcher, length, round);
    }
  }

  @Test
  void nearlyRightRequests() {
    Random random = new Random(SEED);
    for (ReadOnlyFs fs : new ReadOnlyFs[] {tree(), throwing(random)}) {
      Dispatcher dispatcher = dispatcher(fs, random.nextBoolean() ? 0 : InitFlags.WANTED);
      for (int round = 0; round < ROUNDS; round++) {
        in.fill((byte) 0);
        int length = 40 + random.nextInt(60);
        in.set(JAVA_INT, 0, length);
        in.set(JAVA_INT, 4, random.nextInt(60));
        in.set(JAVA_LONG, 8, random.nextLong());
        in.set(JAVA_LONG, 16, random.nextInt(6));
        for (int at = 40; at + 8 <= length; at += 8) {
          in.set(JAVA_LONG, at, hostile(random));
        }
        assertAnswered(dispatcher, length, round);
      }
    }
  }

  private static long hostile(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> -1;
      case 1 -> Long.MAX_VALUE;
      case 2 -> Long.MIN_VALUE;
      case 3 -> Integer.MAX_VALUE;
      case 4 -> random.nextLong();
      case 5 -> 'f';
      default -> random.nextInt(5000);
    };
  }

  private void assertAnswered(Dispatcher dispatcher, int length, int round) {
    recorder.replies.clear();
    int opcode = in.get(JAVA_INT, 4);
    long unique = in.get(JAVA_LONG, 8);
    int asked = in.get(JAVA_INT, 56);
    dispatcher.handle(length);
    String what = "seed %d, round %d, operation %d".formatted(SEED, round, opcode);
    if (length < 40 || SILENT.contains(opcode)) {
      assertThat(recorder.replies).as(what).isEmpty();
      return;
    }
    assertThat(recorder.replies).as(what).hasSize(1);
    assertThat(recorder.replies.getFirst().unique()).as(what).isEqualTo(unique);
    if (opcode == Opcode.READ || opcode == Opcode.READDIR || opcode == Opcode.READDIRPLUS) {
      assertThat(recorder.replies.getFirst().body().length)
          .as(what)
          .isLessThanOrEqualTo(Math.max(0, asked));
    }
  }

  @Test
  void aRequestThatWasSentAgainKeepsItsMark() {
    Dispatcher dispatcher = dispatcher(tree(), InitFlags.WANTED);
    request(Opcode.GETATTR, 1, 56);
    in.set(JAVA_LONG, 8, 5 | Long.MIN_VALUE);
    dispatcher.handle(56);
    assertThat(recorder.replies.getFirst().unique()).isEqualTo(5 | Long.MIN_VALUE);
  }

  @Test
  void opensAreUnneededOnlyWhereTheKernelSaysSo() {
    for (int opcode : new int[] {Opcode.OPEN, Opcode.OPENDIR}) {
      request(opcode, 1, 48);
      dispatcher(tree(), InitFlags.WANTED).handle(48);
      dispatcher(tree(), 0).handle(48);
    }
    assertThat(recorder.replies.stream().map(Recorder.Reply::errno))
        .containsExactly(Errno.ENOSYS, 0, Errno.ENOSYS, 0);
    assertThat(recorder.replies.stream().map(reply -> reply.body().length))
        .containsExactly(0, 16, 0, 16);
  }

  @Test
  void unknownNodesAreStale() {
    Dispatcher dispatcher = dispatcher(tree(), InitFlags.WANTED);
    for (int opcode : new int[] {Opcode.GETATTR, Opcode.READLINK, Opcode.READDIR, Opcode.READ}) {
      request(opcode, 999, 80);
      in.set(JAVA_INT, 56, 4096);
      dispatcher.handle(80);
    }
    assertThat(recorder.replies.stream().map(Recorder.Reply::errno))
        .containsExactly(Errno.ESTALE, Errno.EINVAL, Errno.ENOTDIR, Errno.ESTALE);
  }

  @Test
  void aLinkThatIsTooLongIsRefused() {
    MemoryFs fs = new MemoryFs();
    long link = fs.root().symlink("l", new byte[4096]).id();
    request(Opcode.READLINK, link, 40);
    dispatcher(fs, InitFlags.WANTED).handle(40);
    assertThat(recorder.replies.getFirst().errno()).isEqualTo(Errno.ENAMETOOLONG);
  }

  @Test
  void anAbsentNameIsCached() {
    request(Opcode.LOOKUP, 1, 42);
    in.set(JAVA_BYTE, 40, (byte) 'q');
    dispatcher(tree(), InitFlags.WANTED).handle(42);
    MemorySegment body = MemorySegment.ofArray(recorder.replies.getFirst().body());
    assertThat(body.get(JAVA_LONG.withByteAlignment(1), 0)).isZero();
    assertThat(body.get(JAVA_LONG.withByteAlignment(1), 16)).isPositive();
  }

  private void request(int opcode, long node, int length) {
    in.fill((byte) 0);
    in.set(JAVA_INT, 0, length);
    in.set(JAVA_INT, 4, opcode);
    in.set(JAVA_LONG, 8, 77);
    in.set(JAVA_LONG, 16, node);
  }

  private Dispatcher dispatcher(ReadOnlyFs fs, long flags) {
    Session session =
        new Session(
            fs,
            recorder,
            new Handshake(41, flags),
            new FuseCounters(),
            new FaultLog("test"),
            new Unanswered(null));
    return new Dispatcher(session, in, Arena.ofAuto().allocate(128 << 10, 8));
  }

  private static MemoryFs tree() {
    MemoryFs fs = new MemoryFs();
    fs.root().file("f", Content.random(3000, 1)).xattr("user.x", new byte[10]);
    fs.root().directory("d").file("g", Content.of(new byte[1]));
    fs.root().symlink("l", new byte[] {'f'});
    return fs;
  }

  /** A file system that fails at random. */
  private static ReadOnlyFs throwing(Random random) {
    MemoryFs fs = tree();
    return (ReadOnlyFs)
        Proxy.newProxyInstance(
            DispatcherTest.class.getClassLoader(),
            new Class<?>[] {ReadOnlyFs.class},
            (proxy, method, arguments) -> {
              if (random.nextInt(3) == 0) {
                throw random.nextBoolean() ? new IllegalStateException() : new AssertionError();
              }
              return MethodHandles.lookup()
                  .unreflect(method)
                  .bindTo(fs)
                  .invokeWithArguments(arguments == null ? new Object[0] : arguments);
            });
  }
}
