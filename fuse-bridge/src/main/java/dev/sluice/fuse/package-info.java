/** Read-only file systems in user space: what one must offer, and the bridges that mount it. */
@NullMarked
package dev.sluice.fuse;

import org.jspecify.annotations.NullMarked;
