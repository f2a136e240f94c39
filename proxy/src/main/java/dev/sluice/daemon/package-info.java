/** The service as a process: its life, its lock, its socket, its log, and what systemd hears. */
@NullMarked
package dev.sluice.daemon;

import org.jspecify.annotations.NullMarked;
