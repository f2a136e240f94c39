package dev.sluice.registry.hosts;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a host may be asked for. */
public enum Capability {
  /** Manifests and blobs by digest. */
  PULL,
  /** What a tag names. */
  RESOLVE,
  PUSH,
  /** The Referrers API. */
  REFERRERS;

  public static final Set<Capability> ALL = Set.of(values());

  static @Nullable Capability of(String name) {
    for (Capability one : values()) {
      if (one.toString().equals(name.toLowerCase(Locale.ROOT))) {
        return one;
      }
    }
    return null;
  }

  /** As it is written in a file. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
