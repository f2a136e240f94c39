/** Linux as the bridges need it: calls into libc, mounting, and the mount table. */
@NullMarked
package dev.sluice.fuse.linux;

import org.jspecify.annotations.NullMarked;
