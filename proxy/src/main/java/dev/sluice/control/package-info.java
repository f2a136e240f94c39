/** What the running service tells about itself over its socket, and how commands ask it. */
@NullMarked
package dev.sluice.control;

import org.jspecify.annotations.NullMarked;
