/** Documents of the OCI image and distribution specifications. */
@NullMarked
package dev.sluice.oci;

import org.jspecify.annotations.NullMarked;
