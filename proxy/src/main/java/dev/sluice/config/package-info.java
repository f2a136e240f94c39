/** The configuration of the service: one table of keys, read from flags, environment and file. */
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
