/** containerd's own API over its socket, and pulling images with it. */
@NullMarked
package dev.sluice.containerd;

import org.jspecify.annotations.NullMarked;
