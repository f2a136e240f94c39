/** Mounts images: opens each layer lazily or whole, shows them by FUSE, puts overlayfs on top. */
@NullMarked
package dev.sluice.mount;

import org.jspecify.annotations.NullMarked;
