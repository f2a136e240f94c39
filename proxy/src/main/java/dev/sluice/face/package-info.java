/**
 * How the kernel is shown a layer: its names by FUSE or by EROFS, its bytes by FUSE or from disk.
 */
@NullMarked
package dev.sluice.face;

import org.jspecify.annotations.NullMarked;
