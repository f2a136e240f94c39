package dev.sluice.registry;

import dev.sluice.cache.Lane;
import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a range is to be brought.
 *
 * @param lane whose retry budget it uses
 * @param elsewhere whether the host that was asked last for these bytes comes late, if there is
 *     another one: the range is asked for a second time as that host is slow
 * @param abandoned ends, one way or the other, when nobody wants the range any more; what is open
 *     for it is cut then. Null: that is never so
 * @param setback is told, on an event loop, why an attempt failed; the range may still be brought
 */
public record RangeTerms(
    Lane lane, boolean elsewhere, @Nullable Future<Void> abandoned, Consumer<FailureKind> setback) {
  /** For bytes that somebody waits for. */
  public static final RangeTerms DEMAND = new RangeTerms(Lane.DEMAND, false, null, _ -> {});
}
