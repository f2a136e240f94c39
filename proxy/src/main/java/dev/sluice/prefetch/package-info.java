/** Hints of what a container will read, from wherever they come, and fetching by them. */
@NullMarked
package dev.sluice.prefetch;

import org.jspecify.annotations.NullMarked;
