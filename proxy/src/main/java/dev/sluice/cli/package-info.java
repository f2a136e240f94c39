/** The command line: {@code sluice <command>}. stdout is data, stderr is messages. */
@NullMarked
package dev.sluice.cli;

import org.jspecify.annotations.NullMarked;
