package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.ReadReply;
import dev.sluice.fuse.linux.SharedMemory;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What one server leaves unanswered, another one answers. */
final class KeptRequestsTest {
  private static final int READ_BYTES = 80;
  private final Recorder recorder = new Recorder();
  private final List<ReadReply> taken = new ArrayList<>();
  private final MemoryFs fs = new MemoryFs();

  /** The first's reads are never answered by themselves. */
  private final MemoryFs slow = new MemoryFs();

  KeptRequestsTest() {
    fs.root().file("f", Content.random(5, 1));
    slow.root().file("f", Content.held(5, taken::add));
  }

  private Session session(MemoryFs tree, KeptRequests kept) {
    return new Session(
        tree,
        recorder,
        new Handshake(41, 0),
        new FuseCounters(),
        new FaultLog("test"),
        new Unanswered(kept));
  }

  /** What the next process does: the same memory at another place, by what it was handed. */
  private static KeptRequests next(KeptRequests kept) throws IOException {
    return KeptRequests.of(kept.descriptor());
  }

  private static void read(MemorySegment in, long unique) {
    in.asSlice(0, READ_BYTES).fill((byte) 0);
    in.set(JAVA_INT, 0, READ_BYTES);
    in.set(JAVA_INT, 4, Opcode.READ);
    in.set(JAVA_LONG, 8, unique);
    in.set(JAVA_LONG, 16, 2);
    in.set(JAVA_INT, 40 + 16, 5);
  }

  /** Which requests were answered since the last call, in their order; each must be whole. */
  private List<Long> answered() {
    List<Long> uniques = new ArrayList<>();
    for (Recorder.Reply reply : recorder.replies) {
      assertThat(reply.errno()).isZero();
      assertThat(reply.body()).hasSize(5);
      uniques.add(reply.unique());
    }
    recorder.replies.clear();
    return uniques;
  }

  @Test
  void readsThatWereNotAnsweredAreAnsweredByTheNext_andNoOthers() throws IOException {
    Random random = new Random(20261201);
    KeptRequests kept = KeptRequests.make();
    MemorySegment in = kept.buffer(0);
    Dispatcher first =
        new Dispatcher(session(slow, kept), in, Arena.ofAuto().allocate(128 << 10, 8));
    TreeSet<Long> open = new TreeSet<>();
    for (long unique = 2; unique < 4000; unique += 2) {
      KeptRequests.clear(in);
      read(in, unique);
      first.handle(READ_BYTES);
      open.add(unique);
      if (random.nextInt(3) > 0) {
        taken.remove(random.nextInt(taken.size())).end();
      }
    }
    for (Recorder.Reply reply : recorder.replies) {
      open.remove(reply.unique());
    }
    recorder.replies.clear();
    // The last one lies in the thread's buffer and in a place.
    assertThat(open).hasSizeGreaterThan(500);

    KeptRequests second = next(kept);
    assertThat(second.answerAll(session(fs, second))).isGreaterThanOrEqualTo(open.size());
    List<Long> again = answered();
    again.remove(Long.valueOf(3998)); // answered twice at worst, which the kernel refuses
    open.remove(3998L);
    assertThat(again).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(open);
    KeptRequests third = next(kept);
    assertThat(third.answerAll(session(fs, third))).isZero();
  }

  @Test
  void aServerThatIsKilledWhileItAnswersLeavesTheRestToTheNext() throws IOException {
    KeptRequests kept = KeptRequests.make();
    MemorySegment in = kept.buffer(1);
    Dispatcher first =
        new Dispatcher(session(slow, kept), in, Arena.ofAuto().allocate(128 << 10, 8));
    for (long unique = 2; unique <= 20; unique += 2) {
      read(in, unique);
      first.handle(READ_BYTES);
      KeptRequests.clear(in);
    }
    // The second takes them all and answers none before its end either.
    KeptRequests second = next(kept);
    assertThat(second.answerAll(session(slow, second))).isEqualTo(10);
    assertThat(recorder.replies).isEmpty();
    KeptRequests third = next(kept);
    assertThat(third.answerAll(session(fs, third))).isEqualTo(10);
    assertThat(answered()).hasSize(10);
  }

  @Test
  void whatIsAnsweredAfterTheServerHasLeftIsStillTheNexts() throws IOException {
    KeptRequests kept = KeptRequests.make();
    Session leaving = session(slow, kept);
    read(kept.buffer(0), 2);
    new Dispatcher(leaving, kept.buffer(0), Arena.ofAuto().allocate(128 << 10, 8))
        .handle(READ_BYTES);
    KeptRequests.clear(kept.buffer(0));
    leaving.unanswered().leave();
    taken.getFirst().error(Errno.EIO); // goes nowhere: its device is silent by then
    recorder.replies.clear();
    KeptRequests second = next(kept);
    assertThat(second.answerAll(session(fs, second))).isEqualTo(1);
    assertThat(answered()).containsExactly(2L);
  }

  @Test
  void moreThanThereArePlacesForAreAnsweredAllTheSame() throws IOException {
    KeptRequests kept = KeptRequests.make();
    MemorySegment in = kept.buffer(0);
    Dispatcher first =
        new Dispatcher(session(slow, kept), in, Arena.ofAuto().allocate(128 << 10, 8));
    for (long unique = 2; unique <= 2 * 5000; unique += 2) {
      read(in, unique);
      first.handle(READ_BYTES);
    }
    assertThat(taken).hasSize(5000);
    taken.forEach(ReadReply::end);
    assertThat(recorder.replies).hasSize(5000);
    recorder.replies.clear();
    KeptRequests.clear(in);
    KeptRequests second = next(kept);
    assertThat(second.answerAll(session(fs, second))).isZero();
  }

  @Test
  void aRequestThatIsTooLongToBeKeptWholeIsAnsweredWithAnError() throws IOException {
    KeptRequests kept = KeptRequests.make();
    MemorySegment in = Arena.ofAuto().allocate(8192, 8);
    read(in, 2);
    in.set(JAVA_INT, 0, 4000);
    Request request = new Request(in);
    assertThat(request.frame(4000)).isTrue();
    assertThat(kept.keep(in, 4000)).isZero();
    KeptRequests second = next(kept);
    assertThat(second.answerAll(session(fs, second))).isEqualTo(1);
    assertThat(recorder.replies.getFirst().errno()).isEqualTo(Errno.EINVAL);
  }

  @Test
  void otherMemoryIsRefused() throws IOException {
    KeptRequests kept = KeptRequests.make();
    SharedMemory small = SharedMemory.make("sluice-requests", 4096);
    assertThatThrownBy(() -> KeptRequests.of(small.descriptor()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of 4096 bytes, not sluice-requests");
    SharedMemory other = SharedMemory.of(kept.descriptor(), "sluice-requests", KeptRequests.BYTES);
    other.memory().set(JAVA_INT, 0, 9);
    assertThatThrownBy(() -> next(kept)).hasMessageContaining("in layout 9, not 1");
    // Referred to until here, else they are given back.
    assertThat(small.memory().byteSize()).isEqualTo(4096);
  }
}
