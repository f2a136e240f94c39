/** Looks at a node and says what stands in the way of lazy images, and what to change. */
@NullMarked
package dev.sluice.doctor;

import org.jspecify.annotations.NullMarked;
