package dev.sluice.fuzz;

import com.sun.management.ThreadMXBean;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.lang.management.ManagementFactory;
import java.util.Set;

/**
 * Runs inputs of one target and judges what comes of each: nothing, a refusal of a kind that the
 * target documents, or a finding.
 */
final class FuzzRun {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final FuzzTarget target;
  private final Set<FailureKind> refusals;

  FuzzRun(FuzzTarget target) {
    this.target = target;
    this.refusals = target.refusals();
  }

  /**
   * @return why the input was refused, "" if it was not
   * @throws AssertionError if the target did what no input may make it do
   */
  String accept(byte[] input) {
    Outcome outcome = run(input);
    if (outcome.allocated > target.memory()) {
      outcome = run(input); // the first time counts the classes that it loaded
    }
    if (outcome.allocated > target.memory()) {
      throw new AssertionError(
          "took %d bytes of memory for an input of %d, above %d"
              .formatted(outcome.allocated, input.length, target.memory()));
    }
    return outcome.refusal;
  }

  private record Outcome(String refusal, long allocated) {}

  private Outcome run(byte[] input) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    String refusal = "";
    try {
      target.run(input.clone());
    } catch (SluiceException e) {
      if (!refusals.contains(e.kind())) {
        throw new AssertionError(
            "refused as %s, which is none of %s".formatted(e.kind(), refusals), e);
      }
      refusal = e.kind() + " " + e.getMessage();
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError("failed with " + e, e);
    }
    return new Outcome(refusal, THREADS.getCurrentThreadAllocatedBytes() - before);
  }
}
