/** Where a node's credentials come from: Docker's files, the kubelet's pulls, its plugins. */
@NullMarked
package dev.sluice.credentials;

import org.jspecify.annotations.NullMarked;
