package dev.sluice.load.compare;

import java.util.List;

/**
 * What comparing one image by one face came to.
 *
 * @param layers all of them lazy
 * @param paths in the tree, its root included
 * @param bytes of all files, each read and compared by its digest
 * @param differences a text for each path that differs, the path on its first line
 */
record Outcome(
    String image, String face, int layers, int paths, long bytes, List<String> differences) {}
