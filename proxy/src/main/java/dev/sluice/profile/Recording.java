package dev.sluice.profile;

import dev.sluice.oci.Digest;

/**
 * Where the recording of an image's run stands.
 *
 * @param state {@code WAITING}, {@code RUNNING} or {@code ENDED}
 * @param entries first reads that were noted
 */
public record Recording(Digest manifest, String reference, String state, long entries) {}
