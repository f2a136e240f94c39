/** The names of a layer as a file tree, and the one file system that shows all layers of a node. */
@NullMarked
package dev.sluice.layer;

import org.jspecify.annotations.NullMarked;
