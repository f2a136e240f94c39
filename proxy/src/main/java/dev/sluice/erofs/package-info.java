/**
 * Writes the names of a layer as an EROFS image, whose files' bytes lie in the decompressed tar.
 */
@NullMarked
package dev.sluice.erofs;

import org.jspecify.annotations.NullMarked;
