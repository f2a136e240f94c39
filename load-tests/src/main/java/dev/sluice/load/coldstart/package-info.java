/** The cold-start harness: images, the link to their registry, trials, and what is told of them. */
@NullMarked
package dev.sluice.load.coldstart;

import org.jspecify.annotations.NullMarked;
