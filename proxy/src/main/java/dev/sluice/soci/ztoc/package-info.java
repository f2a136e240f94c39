/** The ztoc: a layer's table of contents and the checkpoints from which each span inflates. */
@NullMarked
package dev.sluice.soci.ztoc;

import org.jspecify.annotations.NullMarked;
