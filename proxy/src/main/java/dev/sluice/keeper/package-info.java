/** Keeps the FUSE session of a node alive while no service runs, and gives it to the next one. */
@NullMarked
package dev.sluice.keeper;

import org.jspecify.annotations.NullMarked;
