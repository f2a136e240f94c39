package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import java.util.Locale;

/** Why the next host of a registry was asked. */
public enum FailoverReason {
  /** No answer came. */
  UNREACHABLE,
  NOT_FOUND,
  /** Wrong or no credentials. */
  REFUSED,
  THROTTLED,
  /** Bytes were not what their digest says. */
  CORRUPT,
  /** Any other answer, or one that broke off. */
  ERROR;

  static FailoverReason of(FailureKind kind, boolean answered) {
    return switch (kind) {
      case NOT_FOUND -> NOT_FOUND;
      case UNAUTHORIZED -> REFUSED;
      case FORBIDDEN -> answered ? REFUSED : UNREACHABLE;
      case RATE_LIMITED -> THROTTLED;
      case CORRUPT -> CORRUPT;
      default -> answered ? ERROR : UNREACHABLE;
    };
  }

  /** The value of a metric's label. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
