/** Faults of networks, registries and disks under a real mount, and readers that know the truth. */
@NullMarked
package dev.sluice.load.faults;

import org.jspecify.annotations.NullMarked;
