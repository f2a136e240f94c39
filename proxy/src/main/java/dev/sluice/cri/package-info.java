/** The proxy in front of containerd's CRI image service, which learns credentials from pulls. */
@NullMarked
package dev.sluice.cri;

import org.jspecify.annotations.NullMarked;
