package dev.sluice.cache;

/**
 * What the disk tier does before it trusts a file with a chunk.
 *
 * <p>After a crash both are safe: a chunk found on disk is served only if its checksum fits.
 */
public enum Durability {
  /**
   * Data is synced before the journal names it and before it is served: a write that the device
   * lost is noticed, and a loss of power keeps what the journal names.
   */
  SYNCED,
  /**
   * Nothing is synced: faster, but a device that fails to write back goes unnoticed while the
   * service runs. For file systems in memory and for tests.
   */
  UNSYNCED
}
