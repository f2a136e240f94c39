package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.time.Duration;

/**
 * How much pulls may take. Immutable: each {@code with…} gives a changed copy.
 *
 * @param connections range requests under way at once, of all images
 * @param connectionsPerImage at most {@code connections}
 * @param rangeBytes longest range that is asked for at once
 * @param memoryBytes compressed bytes in memory, of all images; at least three ranges for each of
 *     {@code unpacks}
 * @param unpacks layers that are unpacked at once, of all images
 * @param unpacksPerImage at most {@code unpacks}
 * @param layerBytes most bytes that one layer may have decompressed
 * @param freeBytes room that an unpack leaves on its file system
 * @param keep how long a layer that nobody claims is kept after the last start or claim of its
 *     image
 * @param sync whether a layer is on disk, and not only in the page cache, when its claim returns
 */
public record PullOptions(
    int connections,
    int connectionsPerImage,
    int rangeBytes,
    long memoryBytes,
    int unpacks,
    int unpacksPerImage,
    long layerBytes,
    long freeBytes,
    Duration keep,
    boolean sync) {
  private static final int MOST = 1024;
  private static final int LEAST_RANGE_BYTES = 64 << 10;
  private static final int MOST_RANGE_BYTES = 1 << 30;

  /** Ranges that each layer in work may hold whatever others hold, so that it always goes on. */
  static final int GUARANTEED_RANGES = 2;

  public static final PullOptions DEFAULT =
      new PullOptions(
          16, 8, 4 << 20, 128L << 20, 4, 3, 256L << 30, 64L << 20, Duration.ofMinutes(15), false);

  public PullOptions {
    check(connections >= 1 && connections <= MOST, "connections are 1 to " + MOST);
    check(
        connectionsPerImage >= 1 && connectionsPerImage <= connections,
        "connections per image are 1 to " + connections + ", the connections of all");
    check(unpacks >= 1 && unpacks <= MOST, "concurrent unpacks are 1 to " + MOST);
    check(
        unpacksPerImage >= 1 && unpacksPerImage <= unpacks,
        "concurrent unpacks per image are 1 to " + unpacks + ", those of all");
    check(
        rangeBytes >= LEAST_RANGE_BYTES && rangeBytes <= MOST_RANGE_BYTES,
        "a range has 64 KiB to 1 GiB");
    long least = (long) rangeBytes * (GUARANTEED_RANGES + 1) * unpacks;
    check(
        memoryBytes >= least,
        "memory of %d bytes is not enough for %d unpacks: the least is %d"
            .formatted(memoryBytes, unpacks, least));
    check(layerBytes > 0, "the limit of a decompressed layer is above 0");
    check(freeBytes >= 0, "the room that is left on disk is not negative");
    check(keep.isPositive(), "layers are kept for some time");
  }

  private static void check(boolean holds, String rule) {
    if (!holds) {
      throw new SluiceException(FailureKind.INVALID, "set the limits of pulls: " + rule);
    }
  }

  public PullOptions withConnections(int ofAll, int perImage) {
    return new PullOptions(
        ofAll,
        perImage,
        rangeBytes,
        memoryBytes,
        unpacks,
        unpacksPerImage,
        layerBytes,
        freeBytes,
        keep,
        sync);
  }

  public PullOptions withMemory(int range, long all) {
    return new PullOptions(
        connections,
        connectionsPerImage,
        range,
        all,
        unpacks,
        unpacksPerImage,
        layerBytes,
        freeBytes,
        keep,
        sync);
  }

  public PullOptions withUnpacks(int ofAll, int perImage) {
    return new PullOptions(
        connections,
        connectionsPerImage,
        rangeBytes,
        memoryBytes,
        ofAll,
        perImage,
        layerBytes,
        freeBytes,
        keep,
        sync);
  }

  public PullOptions withDisk(long layer, long free) {
    return new PullOptions(
        connections,
        connectionsPerImage,
        rangeBytes,
        memoryBytes,
        unpacks,
        unpacksPerImage,
        layer,
        free,
        keep,
        sync);
  }

  public PullOptions withKeep(Duration unclaimed) {
    return new PullOptions(
        connections,
        connectionsPerImage,
        rangeBytes,
        memoryBytes,
        unpacks,
        unpacksPerImage,
        layerBytes,
        freeBytes,
        unclaimed,
        sync);
  }

  public PullOptions withSync(boolean before) {
    return new PullOptions(
        connections,
        connectionsPerImage,
        rangeBytes,
        memoryBytes,
        unpacks,
        unpacksPerImage,
        layerBytes,
        freeBytes,
        keep,
        before);
  }
}
