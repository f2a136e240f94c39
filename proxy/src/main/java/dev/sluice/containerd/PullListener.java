package dev.sluice.containerd;

import dev.sluice.oci.Descriptor;

/** Hears how far a pull is. Called by several threads. */
public interface PullListener {
  /** Nobody listens. */
  PullListener NONE =
      new PullListener() {
        @Override
        public Fetch fetching(Descriptor layer) {
          return new Fetch() {
            @Override
            public void advance(long bytes) {}

            @Override
            public void ended(boolean complete) {}
          };
        }

        @Override
        public void ready(Descriptor layer, PullReport.Way way) {}
      };

  /** Begins to fetch a layer into containerd's content store. */
  Fetch fetching(Descriptor layer);

  /** A layer is there. */
  void ready(Descriptor layer, PullReport.Way way);

  /** One fetch. */
  interface Fetch {
    /** So many more bytes are there, be it from before. */
    void advance(long bytes);

    void ended(boolean complete);
  }
}
