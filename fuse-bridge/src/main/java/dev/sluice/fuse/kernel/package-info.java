/** The bridge that speaks the kernel's FUSE protocol itself, over /dev/fuse. */
@NullMarked
package dev.sluice.fuse.kernel;

import org.jspecify.annotations.NullMarked;
