/** Brings what nobody has asked for yet, politely, and checks layers of which all is here. */
@NullMarked
package dev.sluice.fill;

import org.jspecify.annotations.NullMarked;
