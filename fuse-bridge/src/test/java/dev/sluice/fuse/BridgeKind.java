package dev.sluice.fuse;

import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;

/** The bridges that the contract is checked on. */
enum BridgeKind {
  KERNEL {
    @Override
    FuseBridge bridge() {
      return new KernelFuseBridge();
    }
  },
  LIBFUSE {
    @Override
    FuseBridge bridge() {
      return new JnrFuseBridge();
    }
  };

  abstract FuseBridge bridge();
}
