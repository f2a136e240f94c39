/** The calls of Linux that unpacking needs, relative to directory descriptors. */
@NullMarked
package dev.sluice.pull.linux;

import org.jspecify.annotations.NullMarked;
