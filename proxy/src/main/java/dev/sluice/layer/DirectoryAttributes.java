package dev.sluice.layer;

import java.util.Map;

/**
 * What a directory is besides its entries.
 *
 * @param mode type and permission bits, as in {@code st_mode}
 * @param xattrs by name (ISO 8859-1 of the raw bytes), without overlayfs's own
 */
public record DirectoryAttributes(
    int mode, int uid, int gid, long mtimeSeconds, int mtimeNanos, Map<String, byte[]> xattrs) {}
