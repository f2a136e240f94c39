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
  SECOND(Start.LAZY, "second container, lazy"),
  LOCAL(Start.EAGER, "second container, overlayfs");

  /** What a node begins with; a second container comes after the first of the same start. */
  enum Start {
    EAGER,
    LAZY,
    PROFILE
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
    return this == SECOND || this == LOCAL;
  }

  /** As it is written in options and JSON. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
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

  /** The starts that these modes need. */
  static List<Start> starts(List<Mode> modes) {
    return modes.stream().map(Mode::start).distinct().toList();
  }
}
