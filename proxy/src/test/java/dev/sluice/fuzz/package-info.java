/** Readers of bytes from outside, given any bytes: see {@link dev.sluice.fuzz.FuzzTarget}. */
@NullMarked
package dev.sluice.fuzz;

import org.jspecify.annotations.NullMarked;
