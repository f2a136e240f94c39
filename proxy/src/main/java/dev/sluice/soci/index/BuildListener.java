package dev.sluice.soci.index;

import dev.sluice.oci.Descriptor;

/** Hears how the building of an index goes. Called by several threads at once. */
public interface BuildListener {
  /** The listener that does not care. */
  BuildListener NONE =
      new BuildListener() {
        @Override
        public LayerProgress building(Descriptor layer) {
          return new LayerProgress() {
            @Override
            public void read(long bytes) {}

            @Override
            public void built(Descriptor ztoc, int spans, int files) {}

            @Override
            public void failed() {}
          };
        }

        @Override
        public void skipped(Descriptor layer, String reason) {}

        @Override
        public void reused(Descriptor layer, Descriptor ztoc) {}

        @Override
        public void copied(Descriptor blob) {}

        @Override
        public void note(String message) {}
      };

  LayerProgress building(Descriptor layer);

  /** The layer gets no ztoc. */
  void skipped(Descriptor layer, String reason);

  /** An earlier index of the image had the ztoc already. */
  void reused(Descriptor layer, Descriptor ztoc);

  /** A blob of the image was brought to where the result goes. */
  void copied(Descriptor blob);

  /** Something that the user should know. */
  void note(String message);

  /** One layer's way. */
  interface LayerProgress {
    /** So many more compressed bytes were read. */
    void read(long bytes);

    void built(Descriptor ztoc, int spans, int files);

    void failed();
  }
}
