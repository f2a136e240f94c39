/** Compares lazily mounted images with what containerd's overlayfs unpacks, path by path. */
@NullMarked
package dev.sluice.load.compare;

import org.jspecify.annotations.NullMarked;
