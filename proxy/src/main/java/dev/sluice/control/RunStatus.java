package dev.sluice.control;

/**
 * Where the recording of a run stands.
 *
 * @param reference of the image
 * @param manifest its digest
 * @param state {@code waiting} for the first read, {@code running} or {@code ended}
 * @param entries parts of files that were read so far
 */
public record RunStatus(String reference, String manifest, String state, long entries) {
  public boolean hasEnded() {
    return state.equals("ended");
  }
}
