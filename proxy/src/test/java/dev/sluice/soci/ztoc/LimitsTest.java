package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many names a layer may have in a heap. */
final class LimitsTest {
  @ParameterizedTest
  @ValueSource(longs = {16, 64, 96, 512, 4096})
  void aLayerThatMayBeOpenedFitsIntoTheHalfThatNamesMayTake(long heapMib) {
    long heap = heapMib << 20;
    Limits limits = Limits.forHeap(heap);
    assertThat(limits.entries() * Limits.OPENING_BYTES).isPositive().isLessThanOrEqualTo(heap / 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {8192, 65536})
  void aLargeHeapTakesNoMoreThanTheDefault(long heapMib) {
    assertThat(Limits.forHeap(heapMib << 20)).isEqualTo(Limits.DEFAULT);
  }
}
