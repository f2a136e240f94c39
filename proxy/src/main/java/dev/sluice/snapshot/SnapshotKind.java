package dev.sluice.snapshot;

/** What may be done with a snapshot. */
public enum SnapshotKind {
  /** Can be looked at; is never committed. */
  VIEW,
  /** Can be written to. */
  ACTIVE,
  /** Never changes again; can be a parent. */
  COMMITTED;

  /** The word for it in filters. */
  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
