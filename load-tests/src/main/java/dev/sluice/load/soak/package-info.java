/** The service under load for hours, and whether it grows. */
@NullMarked
package dev.sluice.load.soak;

import org.jspecify.annotations.NullMarked;
