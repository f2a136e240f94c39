package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuzz.FuzzTarget;
import dev.sluice.layer.SmallLayer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A request as the kernel might send it, to the file system of a small layer. It gets one answer
 * that the kernel takes, unless it is of those that want none.
 */
public final class FuseRequestFuzz implements FuzzTarget {
  private static final int BUFFER = 64 << 10;
  private static final Set<Integer> SILENT =
      Set.of(Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT);

  private final Answers answers = new Answers();
  private final MemorySegment in = Arena.ofAuto().allocate(BUFFER, 8);
  private final List<Dispatcher> dispatchers = new ArrayList<>();

  public FuseRequestFuzz() {
    ReadOnlyFs fs = SmallLayer.shown();
    for (long flags : new long[] {0, InitFlags.WANTED}) {
      Session session =
          new Session(
              fs,
              answers,
              new Handshake(41, flags),
              new FuseCounters(),
              new FaultLog("fuzz"),
              new Unanswered(null));
      dispatchers.add(new Dispatcher(session, in, Arena.ofAuto().allocate(128 << 10, 8)));
    }
  }

  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    long layer = 1L << 32;
    for (int opcode : new int[] {1, 3, 5, 15, 17, 22, 23, 27, 28, 44, 42, 8, 16, 26}) {
      for (long node : new long[] {1, layer, layer + 1, layer + 2}) {
        seeds.add(request(opcode, node, 4096, "f"));
        seeds.add(request(opcode, node, 0, "user.x"));
      }
    }
    return seeds;
  }

  /** A header, then what serves both as numbers and as a name. */
  private static byte[] request(int opcode, long node, int size, String name) {
    byte[] text = (name + "\0").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    boolean named = opcode == 1 || opcode == 22;
    int at = opcode == 22 ? 48 : 40;
    byte[] bytes = new byte[named ? at + text.length : 80];
    MemorySegment request = MemorySegment.ofArray(bytes);
    request.set(JAVA_INT_UNALIGNED, 0, bytes.length);
    request.set(JAVA_INT_UNALIGNED, 4, opcode);
    request.set(JAVA_LONG_UNALIGNED, 8, 77);
    request.set(JAVA_LONG_UNALIGNED, 16, node);
    if (!named) {
      request.set(JAVA_INT_UNALIGNED, 56, size);
    } else {
      System.arraycopy(text, 0, bytes, at, text.length);
      if (opcode == 22) {
        request.set(JAVA_INT_UNALIGNED, 40, size);
      }
    }
    return bytes;
  }

  @Override
  public void run(byte[] input) {
    int length = Math.min(input.length, BUFFER);
    MemorySegment.copy(input, 0, in, JAVA_BYTE, 0, length);
    for (Dispatcher dispatcher : dispatchers) {
      check(dispatcher, length);
    }
    if (length >= Request.HEADER_BYTES) {
      in.set(JAVA_INT_UNALIGNED, 0, length);
      for (Dispatcher dispatcher : dispatchers) {
        check(dispatcher, length);
      }
    }
  }

  private void check(Dispatcher dispatcher, int length) {
    answers.uniques.clear();
    int opcode = in.get(JAVA_INT_UNALIGNED, 4);
    long unique = in.get(JAVA_LONG_UNALIGNED, 8);
    dispatcher.handle(length);
    boolean wantsNone = length < Request.HEADER_BYTES || SILENT.contains(opcode);
    assertThat(answers.uniques).isEqualTo(wantsNone ? List.of() : List.of(unique));
  }

  /** Takes answers as the kernel does. */
  private static final class Answers implements Channel {
    private final List<Long> uniques = new ArrayList<>();

    @Override
    public long send(long vectors, int count) {
      MemorySegment list = MemorySegment.ofAddress(vectors).reinterpret(16L * count);
      long length = 0;
      for (int i = 0; i < count; i++) {
        length += list.get(JAVA_LONG, 16L * i + 8);
      }
      MemorySegment header = MemorySegment.ofAddress(list.get(JAVA_LONG, 0)).reinterpret(16);
      int error = header.get(JAVA_INT_UNALIGNED, 4);
      assertThat(header.get(JAVA_INT_UNALIGNED, 0)).isEqualTo((int) length);
      assertThat(error).isBetween(-511, 0);
      assertThat(error == 0 || length == 16).isTrue();
      uniques.add(header.get(JAVA_LONG_UNALIGNED, 8));
      return length;
    }
  }
}
