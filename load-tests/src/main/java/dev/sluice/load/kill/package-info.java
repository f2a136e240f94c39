/** Containers that read and compile while the service is killed and started again, in a loop. */
@NullMarked
package dev.sluice.load.kill;

import org.jspecify.annotations.NullMarked;
