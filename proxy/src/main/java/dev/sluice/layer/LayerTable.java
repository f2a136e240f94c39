package dev.sluice.layer;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Layers by number. Immutable; as large as it has layers, whatever their numbers. */
final class LayerTable {
  static final LayerTable EMPTY = new LayerTable(new int[0], new MountedLayer[0]);

  /** Ascending. */
  private final int[] numbers;

  private final MountedLayer[] layers;

  private LayerTable(int[] numbers, MountedLayer[] layers) {
    this.numbers = numbers;
    this.layers = layers;
  }

  @Nullable MountedLayer get(long number) {
    int at = number > Integer.MAX_VALUE ? -1 : Arrays.binarySearch(numbers, (int) number);
    return at < 0 ? null : layers[at];
  }

  /** The lowest number that is at least {@code least}; 0 if there is none. */
  int from(long least) {
    if (least > Integer.MAX_VALUE) {
      return 0;
    }
    int at = Arrays.binarySearch(numbers, (int) least);
    at = at < 0 ? -at - 1 : at;
    return at < numbers.length ? numbers[at] : 0;
  }

  List<MountedLayer> all() {
    return List.of(layers);
  }

  /** With one more, whose number is free. */
  LayerTable with(int number, MountedLayer layer) {
    int at = -Arrays.binarySearch(numbers, number) - 1;
    int[] moreNumbers = Arrays.copyOf(numbers, numbers.length + 1);
    MountedLayer[] moreLayers = Arrays.copyOf(layers, layers.length + 1);
    System.arraycopy(numbers, at, moreNumbers, at + 1, numbers.length - at);
    System.arraycopy(layers, at, moreLayers, at + 1, layers.length - at);
    moreNumbers[at] = number;
    moreLayers[at] = layer;
    return new LayerTable(moreNumbers, moreLayers);
  }

  /** Without one, if it is there. */
  LayerTable without(int number) {
    int at = Arrays.binarySearch(numbers, number);
    if (at < 0) {
      return this;
    }
    int[] fewerNumbers = Arrays.copyOf(numbers, numbers.length - 1);
    MountedLayer[] fewerLayers = Arrays.copyOf(layers, layers.length - 1);
    System.arraycopy(numbers, at + 1, fewerNumbers, at, fewerNumbers.length - at);
    System.arraycopy(layers, at + 1, fewerLayers, at, fewerLayers.length - at);
    return new LayerTable(fewerNumbers, fewerLayers);
  }
}
