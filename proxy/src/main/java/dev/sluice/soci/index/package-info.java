/** SOCI indexes: found, read, built, pushed, and bound into images. */
@NullMarked
package dev.sluice.soci.index;

import org.jspecify.annotations.NullMarked;
