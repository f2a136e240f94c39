package dev.sluice.snapshot;

/**
 * Who owns a directory and who may do what with it.
 *
 * @param mode permission bits, with set-user-id, set-group-id and sticky; e.g. 0755
 */
public record RootAttributes(int uid, int gid, int mode) {}
