/** JSON from strangers, read within bounds, and JSON for strangers, written as Go writes it. */
@NullMarked
package dev.sluice.json;

import org.jspecify.annotations.NullMarked;
