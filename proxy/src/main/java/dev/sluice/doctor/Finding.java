package dev.sluice.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What a check found.
 *
 * @param subject what was looked at, e.g. "kernel"
 * @param detail what is the case, one sentence
 * @param advice what to change, several lines where they are to be copied; null if nothing
 */
public record Finding(String subject, Verdict verdict, String detail, @Nullable String advice) {
  static Finding ok(String subject, String detail) {
    return new Finding(subject, Verdict.OK, detail, null);
  }

  static Finding warn(String subject, String detail, String advice) {
    return new Finding(subject, Verdict.WARN, detail, advice);
  }

  static Finding fail(String subject, String detail, @Nullable String advice) {
    return new Finding(subject, Verdict.FAIL, detail, advice);
  }
}
