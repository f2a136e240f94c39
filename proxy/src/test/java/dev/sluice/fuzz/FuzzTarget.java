package dev.sluice.fuzz;

import dev.sluice.failure.FailureKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * A reader of bytes from outside. It stands in the package that it looks into, and is listed in
 * {@link FuzzTargets}.
 */
public interface FuzzTarget {
  /** The kinds of failure with which it may refuse an input, as its documentation says. */
  Set<FailureKind> refusals();

  /** Inputs to start from, of which most are well-formed. The same each time. */
  List<byte[]> seeds() throws Exception;

  /** Reads an input. A property that does not hold is an {@link AssertionError}. */
  void run(byte[] input) throws Exception;

  /** Bytes that one run may allocate, whatever its input says. */
  default long memory() {
    return 64 << 20;
  }

  /** Whether it mounts or the like. */
  default boolean needsRoot() {
    return false;
  }

  /** Seeds that are text. */
  static List<byte[]> texts(String... texts) {
    return List.of(texts).stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
