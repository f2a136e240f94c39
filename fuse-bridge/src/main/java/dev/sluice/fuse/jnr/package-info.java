/** The bridge over libfuse 2, by jnr-fuse. */
@NullMarked
package dev.sluice.fuse.jnr;

import org.jspecify.annotations.NullMarked;
