package dev.sluice.profile;

/** Who says what will be read; of hints with one priority, those of the first come first. */
public enum HintSource {
  /** A label of a snapshot. */
  LABEL(0),
  /** Manifests on this node. */
  MANIFEST(1),
  /** What was read on this node before. */
  PROFILE(2),
  /** A SOCI prefetch artifact that stands beside the image. */
  ARTIFACT(3);

  private final int rank;

  HintSource(int rank) {
    this.rank = rank;
  }

  /** Lower comes first. */
  int rank() {
    return rank;
  }
}
