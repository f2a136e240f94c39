/** An OCI registry inside this process: for the demo and for tests. */
@NullMarked
package dev.sluice.embedded;

import org.jspecify.annotations.NullMarked;
