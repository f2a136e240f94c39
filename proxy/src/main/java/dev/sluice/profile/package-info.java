/** What containers read until they were ready: recorded, kept, merged over runs, replayed. */
@NullMarked
package dev.sluice.profile;

import org.jspecify.annotations.NullMarked;
