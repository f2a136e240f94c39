package dev.sluice.layer;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** How long reads took, counted in classes. */
public final class ReadTimes {
  private static final double[] BOUNDS = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    2.5, 5, 10
  };
  private static final long[] BOUNDS_NANOS =
      Arrays.stream(BOUNDS).mapToLong(seconds -> Math.round(seconds * 1e9)).toArray();

  private final LongAdder[] counts =
      Stream.generate(LongAdder::new).limit(BOUNDS.length + 1).toArray(LongAdder[]::new);
  private final LongAdder nanos = new LongAdder();

  void took(long time) {
    int place = Arrays.binarySearch(BOUNDS_NANOS, time);
    counts[place < 0 ? -place - 1 : place].increment();
    nanos.add(time);
  }

  /** The upper bounds of the classes, in seconds, each included; the last class has none. */
  public static double[] bounds() {
    return BOUNDS.clone();
  }

  /** Reads by class: one more than {@link #bounds}. */
  public long[] counts() {
    return Arrays.stream(counts).mapToLong(LongAdder::sum).toArray();
  }

  /** Time of all reads together, in nanoseconds. */
  public long nanos() {
    return nanos.sum();
  }
}
