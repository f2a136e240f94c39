/** containerd's filters: which objects of a list a client wants. */
@NullMarked
package dev.sluice.snapshot.filter;

import org.jspecify.annotations.NullMarked;
