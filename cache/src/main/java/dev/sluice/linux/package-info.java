/** Calls of functions in C libraries. Source: the manual pages of Linux, sections 2 and 3. */
@NullMarked
package dev.sluice.linux;

import org.jspecify.annotations.NullMarked;
