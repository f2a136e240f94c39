package dev.sluice.doctor;

/** How bad a finding is. */
public enum Verdict {
  OK,
  /** It works, but not as well as it could, or not for everyone. */
  WARN,
  /** Sluice doesn't work until this is changed. */
  FAIL
}
