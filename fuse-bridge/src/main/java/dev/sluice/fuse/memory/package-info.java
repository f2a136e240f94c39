/** A tree in memory to mount: what the contract tests and the benchmarks serve. */
@NullMarked
package dev.sluice.fuse.memory;

import org.jspecify.annotations.NullMarked;
