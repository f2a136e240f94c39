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
  /** As on Linux before 6.9. */
  KERNEL_WITHOUT_RESEND {
    @Override
    FuseBridge bridge() {
      return KernelFuseBridge.withoutResend();
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
