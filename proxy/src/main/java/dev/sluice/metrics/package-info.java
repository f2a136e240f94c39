/** Prometheus metrics and the small HTTP listener that shows them. */
@NullMarked
package dev.sluice.metrics;

import org.jspecify.annotations.NullMarked;
