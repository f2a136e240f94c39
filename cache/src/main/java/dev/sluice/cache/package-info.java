/** Verified chunks of layers in memory and on disk, and one fetch for readers that overlap. */
@NullMarked
package dev.sluice.cache;

import org.jspecify.annotations.NullMarked;
