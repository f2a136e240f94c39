package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which redirects are followed, and where to. */
final class Redirects {
  static final int MOST_HOPS = 5;
  private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

  private Redirects() {}

  static boolean isRedirect(int status) {
    return STATUSES.contains(status);
  }

  /**
   * The next hop.
   *
   * @throws SluiceException UNSUPPORTED if it must not be taken
   */
  static Target next(Operation operation, Target from, @Nullable String location, int hop) {
    if (location == null) {
      throw operation.failure(FailureKind.UNSUPPORTED, from + " redirects without saying where to");
    }
    if (hop > MOST_HOPS) {
      throw operation.failure(
          FailureKind.UNSUPPORTED, "more than " + MOST_HOPS + " redirects, the last at " + from);
    }
    Target to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw operation.failure(
          FailureKind.UNSUPPORTED,
          from + " redirects to a place that is no URL: " + e.getMessage());
    }
    String objection = Referral.objection(from.origin(), to.origin());
    if (objection != null) {
      throw operation.failure(
          FailureKind.FORBIDDEN,
          "%s redirects to %s, which %s: refused".formatted(from, to.origin(), objection));
    }
    return to;
  }
}
