/** The demonstration: the machine's own JDK as an image, started lazily and eagerly. */
@NullMarked
package dev.sluice.demo;

import org.jspecify.annotations.NullMarked;
