/** Sparse files by the calls of Linux that the JDK does not offer. */
@NullMarked
package dev.sluice.cache.linux;

import org.jspecify.annotations.NullMarked;
