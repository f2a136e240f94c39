package dev.sluice.fuse;

import java.nio.file.Path;

/**
 * What another process must know, besides the descriptor, to go on serving a mount.
 *
 * @param directory the mount point, a real path
 * @param device of the file system as the mount table shows it, e.g. "0:42"
 * @param minor minor version of the protocol that was agreed on
 * @param flags abilities that were agreed on
 */
public record MountedSession(Path directory, String device, int minor, long flags) {}
