package dev.sluice.snapshot;

import java.util.Locale;

/** What may be done with a snapshot. */
public enum SnapshotKind {
  /** Can be looked at; is never committed. */
  VIEW,
  /** Can be written to. */
  ACTIVE,
  /** Never changes again; can be a parent. */
  COMMITTED;

  /** The word for it, as in filters. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if {@code label} is no kind's
   */
  static SnapshotKind of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
