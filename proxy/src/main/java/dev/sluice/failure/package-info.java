/** The one vocabulary of failures and what each becomes outside. */
@NullMarked
package dev.sluice.failure;

import org.jspecify.annotations.NullMarked;
