package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory of spans: used again, by one at a time, and not kept without bound. */
class SpanBuffersTest {
  private static final int MEBI = 1 << 20;

  private final SpanBuffers buffers = new SpanBuffers();

  @Test
  void whatIsGivenBackIsUsedAgain_byOneAtATime() {
    MemorySegment first = buffers.take(MEBI);
    buffers.give(first);
    MemorySegment second = buffers.take(MEBI - 100);
    assertThat(second.address()).isEqualTo(first.address());
    assertThat(buffers.take(MEBI).address()).isNotEqualTo(first.address());
  }

  @Test
  void itIsAsLongAsAsked_andNotMuchLonger() {
    buffers.give(buffers.take(16 * MEBI));
    for (int length : new int[] {1, 1000, MEBI, MEBI + 1, 20 * MEBI}) {
      assertThat(buffers.take(length).byteSize()).isBetween((long) length, 2L * length + MEBI);
    }
  }

  @Test
  void onlySoMuchIsKept() {
    List<MemorySegment> taken = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      taken.add(buffers.take(4 * MEBI));
    }
    taken.forEach(buffers::give);
    assertThat(buffers.idleBytes()).isEqualTo(32L * MEBI);
    taken.forEach(memory -> buffers.take(4 * MEBI));
    assertThat(buffers.idleBytes()).isZero();
  }
}
