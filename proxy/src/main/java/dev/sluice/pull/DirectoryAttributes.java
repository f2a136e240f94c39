package dev.sluice.pull;

import dev.sluice.soci.ztoc.Attribute;
import java.util.List;

/**
 * What a directory has besides its name.
 *
 * @param user owner, 0 to 2³²-1
 * @param group 0 to 2³²-1
 * @param permissions with set-id and sticky bits
 * @param mtimeSeconds since 1970, rounded down
 * @param mtimeNanos 0 to 999 999 999
 * @param xattrs extended attributes; those that begin with {@code trusted.} are passed over
 */
public record DirectoryAttributes(
    long user,
    long group,
    int permissions,
    long mtimeSeconds,
    int mtimeNanos,
    List<Attribute> xattrs) {}
