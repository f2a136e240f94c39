/** The layers of a node: planned by image, shown lazily by one FUSE mount, or pulled whole. */
@NullMarked
package dev.sluice.node;

import org.jspecify.annotations.NullMarked;
