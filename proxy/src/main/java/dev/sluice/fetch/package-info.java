/** Brings spans: plans ranges, verifies, inflates, hands chunks to the cache. */
@NullMarked
package dev.sluice.fetch;

import org.jspecify.annotations.NullMarked;
