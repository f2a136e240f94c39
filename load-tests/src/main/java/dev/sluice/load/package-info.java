/** Benchmarks and end-to-end tests that use only what users have. */
@NullMarked
package dev.sluice.load;

import org.jspecify.annotations.NullMarked;
