/**
 * The files that say which hosts serve a registry: {@code hosts.toml} and certificates beside it.
 */
@NullMarked
package dev.sluice.registry.hosts;

import org.jspecify.annotations.NullMarked;
