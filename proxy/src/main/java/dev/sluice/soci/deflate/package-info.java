/** Deflate and gzip (RFC 1951, RFC 1952) as far as an index needs more than the JDK offers. */
@NullMarked
package dev.sluice.soci.deflate;

import org.jspecify.annotations.NullMarked;
