package dev.sluice.failure;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A failure with its kind. The message names the action, the subject and the cause, and never holds
 * a credential or a query string.
 */
public final class SluiceException extends RuntimeException {
  private final FailureKind kind;
  private final @Nullable String advice;

  public SluiceException(FailureKind kind, String message) {
    this(kind, message, null, null);
  }

  public SluiceException(FailureKind kind, String message, @Nullable Throwable cause) {
    this(kind, message, null, cause);
  }

  /**
   * @param advice one sentence that says what the user can do, or null
   */
  public SluiceException(
      FailureKind kind, String message, @Nullable String advice, @Nullable Throwable cause) {
    super(message, cause, false, kind == FailureKind.INTERNAL);
    this.kind = kind;
    this.advice = advice;
  }

  public FailureKind kind() {
    return kind;
  }

  public @Nullable String advice() {
    return advice;
  }

  /** One line about any throwable: its message, or its class where it has none. */
  public static String describe(Throwable failure) {
    Throwable cause = unwrap(failure);
    String message = cause.getMessage();
    if (cause instanceof SluiceException && message != null) {
      return message;
    }
    String name = cause.getClass().getSimpleName();
    return message == null ? name : name + ": " + message;
  }

  /** The throwable inside the wrappers of futures. */
  public static Throwable unwrap(Throwable failure) {
    Throwable at = failure;
    while ((at instanceof CompletionException || at instanceof ExecutionException)
        && at.getCause() != null) {
      at = at.getCause();
    }
    return at;
  }

  /** The kind of any throwable: its own, else {@link FailureKind#INTERNAL}. */
  public static FailureKind kindOf(Throwable failure) {
    return switch (unwrap(failure)) {
      case SluiceException e -> e.kind;
      case java.util.concurrent.TimeoutException _ -> FailureKind.TIMEOUT;
      case java.util.concurrent.CancellationException _ -> FailureKind.CANCELLED;
      case java.io.IOException _ -> FailureKind.LOCAL_IO;
      default -> FailureKind.INTERNAL;
    };
  }
}
