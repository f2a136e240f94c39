/** Where images are read from and written to: registries, OCI layouts, OCI archives. */
@NullMarked
package dev.sluice.image;

import org.jspecify.annotations.NullMarked;
