/** Pulls layers whole: ranges in parallel, verified, decompressed and unpacked as they arrive. */
@NullMarked
package dev.sluice.pull;

import org.jspecify.annotations.NullMarked;
