package dev.sluice.load.coldstart;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The ways of starting a container that are compared. */
enum Mode {
  EAGER(Start.EAGER, "eager, overlayfs", "#9a9a9a"),
  LAZY(Start.LAZY, "lazy", "#5b8fd6"),
  PROFILE(Start.PROFILE, "lazy, with a profile", "#1f5fb4"),
  LAZY_FUSE(Start.LAZY_FUSE, "lazy, names by FUSE", "#a9c1e4"),
  PROFILE_FUSE(Start.PROFILE_FUSE, "lazy, with a profile, names by FUSE", "#7f9cc9"),
  AWS(Start.AWS, "soci-snapshotter", "#e0a458"),
  AWS_PREFETCH(Start.AWS_PREFETCH, "soci-snapshotter, with our profile", "#c77f22"),
  SECOND(Start.LAZY, "second container, lazy", "#3c9a5f"),
  SECOND_FUSE(Start.LAZY_FUSE, "second container, lazy, names by FUSE", "#9ccbae"),
  AWS_SECOND(Start.AWS, "second container, soci-snapshotter", "#8a9a5b"),
  LOCAL(Start.EAGER, "second container, overlayfs", "#c3c3c3");

  /** What a node begins with; a second container comes after the first of the same start. */
  enum Start {
    EAGER,
    LAZY,
    PROFILE,
    LAZY_FUSE,
    PROFILE_FUSE,
    AWS,
    AWS_PREFETCH;

    /** Whether the snapshotter is a program of others that the user has brought. */
    boolean isForeign() {
      return this == AWS || this == AWS_PREFETCH;
    }

    boolean needsProfile() {
      return switch (this) {
        case PROFILE, PROFILE_FUSE, AWS_PREFETCH -> true;
        case EAGER, LAZY, LAZY_FUSE, AWS -> false;
      };
    }

    /** {@code layer_face} of the service: who answers for names in its lazy layers. */
    String face() {
      return this == LAZY_FUSE || this == PROFILE_FUSE ? "fuse" : "auto";
    }

    Mode first() {
      return switch (this) {
        case EAGER -> Mode.EAGER;
        case LAZY -> Mode.LAZY;
        case PROFILE -> Mode.PROFILE;
        case LAZY_FUSE -> Mode.LAZY_FUSE;
        case PROFILE_FUSE -> Mode.PROFILE_FUSE;
        case AWS -> Mode.AWS;
        case AWS_PREFETCH -> Mode.AWS_PREFETCH;
      };
    }

    /** What a second container after it is; after a start with a profile it is a lazy one. */
    Mode second() {
      return switch (this) {
        case EAGER -> LOCAL;
        case LAZY, PROFILE -> SECOND;
        case LAZY_FUSE, PROFILE_FUSE -> SECOND_FUSE;
        case AWS, AWS_PREFETCH -> AWS_SECOND;
      };
    }
  }

  private final Start start;
  private final String title;
  private final String colour;

  Mode(Start start, String title, String colour) {
    this.start = start;
    this.title = title;
    this.colour = colour;
  }

  Start start() {
    return start;
  }

  String title() {
    return title;
  }

  /** Of its bars, as in CSS. */
  String colour() {
    return colour;
  }

  boolean isSecond() {
    return switch (this) {
      case SECOND, SECOND_FUSE, AWS_SECOND, LOCAL -> true;
      case EAGER, LAZY, PROFILE, LAZY_FUSE, PROFILE_FUSE, AWS, AWS_PREFETCH -> false;
    };
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
