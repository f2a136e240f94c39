package dev.sluice.fill;

import java.util.List;

/** The layers that may be filled. Called by one thread, about once a second; doesn't block long. */
public interface FillSource {
  /** The layers that are shown now. */
  List<FillLayer> layers();

  /** A layer was all here, and its tar was not what the image says: its index is wrong. */
  void wrong(FillLayer layer);
}
