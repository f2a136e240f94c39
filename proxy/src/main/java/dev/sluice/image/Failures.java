package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The failures of this package, so that all of them read alike. */
final class Failures {
  private Failures() {}

  static SluiceException local(String action, IOException cause) {
    FailureKind kind =
        cause instanceof NoSuchFileException || cause instanceof FileNotFoundException
            ? FailureKind.NOT_FOUND
            : FailureKind.LOCAL_IO;
    return new SluiceException(kind, action + ": " + reason(cause), cause);
  }

  static SluiceException notFound(String action, String subject) {
    return new SluiceException(FailureKind.NOT_FOUND, action + ": no " + subject);
  }

  static SluiceException corrupt(String action, String what) {
    return new SluiceException(FailureKind.CORRUPT, action + ": " + what);
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case NoSuchFileException e -> "no such file " + e.getFile();
      case AccessDeniedException e -> "permission denied for " + e.getFile();
      case FileSystemException e ->
          e.getFile()
              + ": "
              + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason());
      default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    };
  }
}
