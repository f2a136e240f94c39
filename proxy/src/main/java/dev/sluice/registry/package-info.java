/** The registry client: hosts, credentials, tokens, redirects, ranges, retries. */
@NullMarked
package dev.sluice.registry;

import org.jspecify.annotations.NullMarked;
