/** One service with thousands of lazy layers and hundreds of mounts, killed and started again. */
@NullMarked
package dev.sluice.load.many;

import org.jspecify.annotations.NullMarked;
