package dev.sluice.load.coldstart;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The ways of starting a container that are compared. */
enum Mode {
  EAGER(Start.EAGER, "eager, overlayfs"),
  LAZY(Start.LAZY, "lazy"),
  PROFILE(Start.PROFILE, "lazy, with a profile"),
  AWS(Start.AWS, "soci-snapshotter"),
  AWS_PREFETCH(Start.AWS_PREFETCH, "soci-snapshotter, with our profile"),
  SECOND(Start.LAZY, "second container, lazy"),
  AWS_SECOND(Start.AWS, "second container, soci-snapshotter"),
  LOCAL(Start.EAGER, "second container, overlayfs");

  /** What a node begins with; a second container comes after the first of the same start. */
  enum Start {
    EAGER,
    LAZY,
    PROFILE,
    AWS,
    AWS_PREFETCH;

    /** Whether the snapshotter is a program of others that the user has brought. */
    boolean isForeign() {
      return this == AWS || this == AWS_PREFETCH;
    }

    boolean needsProfile() {
      return this == PROFILE || this == AWS_PREFETCH;
    }

    Mode first() {
      return switch (this) {
        case EAGER -> Mode.EAGER;
        case LAZY -> Mode.LAZY;
        case PROFILE -> Mode.PROFILE;
        case AWS -> Mode.AWS;
        case AWS_PREFETCH -> Mode.AWS_PREFETCH;
      };
    }

    /** What a second container after it is; after a start with a profile it is a lazy one. */
    Mode second() {
      return switch (this) {
        case EAGER -> LOCAL;
        case LAZY, PROFILE -> SECOND;
        case AWS, AWS_PREFETCH -> AWS_SECOND;
      };
    }
  }

  private final Start start;
  private final String title;

  Mode(Start start, String title) {
    this.start = start;
    this.title = title;
  }

  Start start() {
    return start;
  }

  String title() {
    return title;
  }

  boolean isSecond() {
    return this == SECOND || this == AWS_SECOND || this == LOCAL;
  }

  /** As it is written in options and JSON. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Mode parse(String word) {
    return Arrays.stream(values())
        .filter(mode -> mode.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no mode '%s'; there are %s".formatted(word, words())));
  }

  static String words() {
    return Arrays.stream(values()).map(Mode::word).collect(Collectors.joining(", "));
  }

  /** All but those that need a program which the user brings. */
  static List<Mode> own() {
    return Arrays.stream(values()).filter(mode -> !mode.start.isForeign()).toList();
  }

  /** The starts that these modes need. */
  static List<Start> starts(List<Mode> modes) {
    return modes.stream().map(Mode::start).distinct().toList();
  }
}
