package dev.sluice.profile;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What containers of one image read until they were ready, over some runs.
 *
 * @param manifest the image, by the manifest of its platform
 * @param image reference under which it ran last
 * @param recorded when the last run ended
 * @param runs that began with nothing read, those no longer remembered included
 */
public record Profile(
    Digest manifest, String image, Instant recorded, int runs, List<ProfileEntry> entries) {
  /** An image reads less than this before it is ready; the rest is left out. */
  static final int MOST_ENTRIES = 20_000;

  /**
   * What one run read.
   *
   * @param whole whether the run began with nothing read; else the kernel may have answered reads
   *     that nobody else saw, and what is missing says nothing
   * @param entries in the order of their first reads, each with one time
   */
  record Run(
      Digest manifest, String image, Instant ended, boolean whole, List<ProfileEntry> entries) {}

  /** The profile of a first run. */
  static Profile of(Run run) {
    return new Profile(run.manifest, run.image, run.ended, 1, bounded(run.entries));
  }

  /** This profile with one more run in it. */
  Profile with(Run run) {
    boolean ages = run.whole;
    Map<ProfileEntry.Key, ProfileEntry> read = new HashMap<>();
    run.entries.forEach(entry -> read.putIfAbsent(entry.key(), entry));
    Map<ProfileEntry.Key, ProfileEntry> all = new LinkedHashMap<>();
    for (ProfileEntry old : entries) {
      ProfileEntry now = read.remove(old.key());
      ProfileEntry merged = ages ? aged(old, now) : old;
      if (merged.seen() > 0) {
        all.put(old.key(), merged);
      }
    }
    run.entries.forEach(entry -> {
      if (read.containsKey(entry.key())) {
        all.putIfAbsent(entry.key(), entry);
      }
    });
    return new Profile(
        manifest,
        run.image,
        run.ended,
        ages ? runs + 1 : runs,
        bounded(new ArrayList<>(all.values())));
  }

  private static ProfileEntry aged(
      ProfileEntry old, @org.jspecify.annotations.Nullable ProfileEntry now) {
    int history = ((old.history() << 1) | (now == null ? 0 : 1)) & ProfileEntry.ALL_RUNS;
    List<Long> times = new ArrayList<>(old.times());
    if (now != null) {
      times.addAll(now.times());
    }
    int drop = Math.max(0, times.size() - ProfileEntry.RUNS);
    return new ProfileEntry(
        old.layer(),
        old.path(),
        old.file(),
        old.from(),
        old.to(),
        history,
        List.copyOf(times.subList(drop, times.size())));
  }

  private static List<ProfileEntry> bounded(List<ProfileEntry> entries) {
    return inOrder(entries).stream().limit(MOST_ENTRIES).toList();
  }

  private static List<ProfileEntry> inOrder(List<ProfileEntry> entries) {
    // The sort is stable: what has one time stays in the order of the run.
    return entries.stream().sorted(Comparator.comparingLong(ProfileEntry::time)).toList();
  }

  /**
   * Whether a user's words mean the image.
   *
   * @param text a reference, or the digest of a manifest or at least four of its digits
   */
  boolean isOf(String text) {
    return isCalled(manifest, image, text);
  }

  static boolean isCalled(Digest manifest, String image, String text) {
    return image.equals(text)
        || manifest.toString().equals(text)
        || (text.length() >= 4 && manifest.hex().startsWith(text.replaceFirst("^sha256:", "")))
        || sameReference(image, text);
  }

  private static boolean sameReference(String image, String text) {
    try {
      return ImageReference.parse(image).equals(ImageReference.parse(text));
    } catch (SluiceException e) {
      return false;
    }
  }

  /** Whether at least half of the last runs read it: then the next one probably will. */
  public boolean isLikely(ProfileEntry entry) {
    return entry.seen() * 2 >= Math.min(runs, ProfileEntry.RUNS);
  }

  /** What the next run will probably read, in the order of the medians of the times. */
  public List<ProfileEntry> likely() {
    return entries.stream().filter(this::isLikely).toList();
  }

  @Override
  public String toString() {
    return "profile of %s: %d entries of %d runs".formatted(image, entries.size(), runs);
  }
}
