package dev.sluice.cache;

/** Who waits for a fetch, most urgent first. A lower lane never delays a higher one. */
public enum Lane {
  /** A process is blocked on the bytes. */
  DEMAND,
  /** A manifest or a detected pattern says that a process will soon be. */
  HINT,
  /** Nobody waits. */
  BACKGROUND
}
