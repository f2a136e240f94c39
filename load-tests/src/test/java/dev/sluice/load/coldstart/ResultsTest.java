package dev.sluice.load.coldstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ResultsTest {
  private static final Image IMAGE =
      new Image(
          Recipes.named(List.of("redis")).getFirst(),
          Path.of("/nowhere"),
          List.of("sha256:a", "sha256:b"),
          "sha256:a",
          1000);

  private static Measurement measured(Mode mode, double ready, long bytes, int requests) {
    return measured(mode, ready, bytes, requests, List.of());
  }

  private static Measurement measured(
      Mode mode, double ready, long bytes, int requests, List<String> faces) {
    return new Measurement(
        "redis",
        Link.LOOPBACK,
        mode,
        1,
        0.5,
        0.1,
        ready,
        bytes,
        requests,
        1,
        0,
        0,
        faces,
        1,
        1,
        100);
  }

  @Test
  void countsThatCanBeTrueAreNoContradiction() {
    assertThat(Results.contradictions(measured(Mode.EAGER, 1, 1200, 5), IMAGE)).isEmpty();
    assertThat(Results.contradictions(measured(Mode.LAZY, 1, 200, 5), IMAGE)).isEmpty();
    assertThat(Results.contradictions(measured(Mode.SECOND, 1, 0, 0), IMAGE)).isEmpty();
  }

  @Test
  void namesByAnotherFaceThanAskedForAreNamed() {
    assertThat(Results.contradictions(measured(Mode.LAZY_FUSE, 1, 9, 9, List.of("fuse")), IMAGE))
        .isEmpty();
    assertThat(Results.contradictions(measured(Mode.LAZY, 1, 9, 9, List.of("fuse")), IMAGE))
        .isEmpty();
    assertThat(
            Results.contradictions(
                measured(Mode.PROFILE_FUSE, 1, 9, 9, List.of("erofs", "fuse")), IMAGE))
        .singleElement()
        .asString()
        .contains("[erofs, fuse]");
  }

  @Test
  void countsThatCantBeTrueAreNamed() {
    assertThat(Results.contradictions(measured(Mode.SECOND, 1, 10, 1), IMAGE))
        .singleElement()
        .asString()
        .contains("second container asked");
    assertThat(Results.contradictions(measured(Mode.EAGER, 1, 999, 5), IMAGE))
        .singleElement()
        .asString()
        .contains("999 bytes");
    assertThat(Results.contradictions(measured(Mode.EAGER, 1, 1000, 1), IMAGE))
        .singleElement()
        .asString()
        .contains("fewer requests than layers");
    assertThat(Results.contradictions(measured(Mode.LAZY, 1, 0, 0), IMAGE)).hasSize(1);
    assertThat(Results.contradictions(measured(Mode.LAZY, 0.49, 5, 5), IMAGE)).hasSize(1);
  }

  @Test
  void whatProgramsOfOthersAskIsNoContradiction() {
    assertThat(Results.contradictions(measured(Mode.AWS_SECOND, 1, 10, 1), IMAGE)).isEmpty();
    assertThat(Results.contradictions(measured(Mode.AWS, 1, 0, 0), IMAGE)).hasSize(1);
  }

  @Test
  void aSecondContainerIsNamedAfterTheFirst() {
    for (Mode mode : Mode.values()) {
      Mode.Start start = mode.start();
      assertThat(start.first().start()).isEqualTo(start);
      assertThat(start.second().isSecond()).isTrue();
      assertThat(start.second().start().isForeign()).isEqualTo(start.isForeign());
      assertThat(Mode.parse(mode.word())).isEqualTo(mode);
    }
  }

  @Test
  void theMedianIsTheMiddle() {
    List<Measurement> runs =
        List.of(
            measured(Mode.LAZY, 9, 1, 1),
            measured(Mode.LAZY, 1, 1, 1),
            measured(Mode.LAZY, 2, 1, 1));
    Summary summary = Summary.of(runs, "redis", Link.LOOPBACK, Mode.LAZY).orElseThrow();
    assertThat(summary.ready()).isEqualTo(2);
    assertThat(summary.most(Measurement::readySeconds)).isEqualTo(9);
    assertThat(Summary.of(runs, "redis", Link.LOOPBACK, Mode.EAGER)).isEmpty();
    assertThat(new Summary("redis", Link.LOOPBACK, Mode.LAZY, runs.subList(1, 3)).ready())
        .isEqualTo(1.5);
  }

  @Test
  void onlyTheSectionOfTheLinkChanges() throws IOException {
    String page =
        """
        before
        <!-- coldstart: begin, written by load-tests/coldstart -->
        <!-- coldstart 5ms: begin -->
        old
        <!-- coldstart 5ms: end -->
        <!-- coldstart: end -->
        after
        """;
    Link five = Link.parse("5ms");
    assertThat(Documentation.replace(page, five, "new\n"))
        .isEqualTo(page.replace("old\n", "new\n"));
    String both = Documentation.replace(page, Link.parse("20ms/1Gbit"), "other\n");
    assertThat(both).contains("old\n", "other\n", "before\n", "after\n");
    assertThat(Documentation.replace(both, five, "new\n"))
        .isEqualTo(both.replace("old\n", "new\n"));
    assertThatThrownBy(() -> Documentation.replace("a page without marks", five, "new"))
        .hasMessageContaining("coldstart: begin");
  }

  @Test
  void whatWasFetchedIsSetAgainstWhatWasTouched() {
    Measurement it =
        new Measurement(
            "redis",
            Link.LOOPBACK,
            Mode.LAZY,
            1,
            0.5,
            0.1,
            1,
            300,
            5,
            1,
            230,
            200,
            List.of("erofs"),
            1,
            1,
            100);
    assertThat(it.fetchedPerTouched()).isEqualTo(1.15);
    assertThat(measured(Mode.EAGER, 1, 1, 1).fetchedPerTouched()).isNaN();
  }

  @Test
  void optionsAreReadOrRefusedWithAReason() {
    Options options =
        OptionsReader.read(
            "--images", "medium,redis", "--links", "5ms", "--modes", "lazy", "--runs", "2");
    assertThat(options.images())
        .extracting(Recipe::name)
        .containsExactly("redis", "postgres", "node", "java");
    assertThat(options.settle()).isTrue();
    assertThat(OptionsReader.read("--no-settle").settle()).isFalse();
    assertThat(options.links()).containsExactly(Link.parse("5ms"));
    assertThat(Mode.starts(options.modes())).containsExactly(Mode.Start.LAZY);
    assertThat(OptionsReader.read().modes())
        .containsExactly(
            Mode.EAGER,
            Mode.LAZY,
            Mode.PROFILE,
            Mode.LAZY_FUSE,
            Mode.PROFILE_FUSE,
            Mode.SECOND,
            Mode.SECOND_FUSE,
            Mode.LOCAL);
    assertThat(OptionsReader.read("--aws", "/bin/sh").modes()).containsExactly(Mode.values());
    assertThat(OptionsReader.read("--aws", "/bin/sh", "--modes", "aws-prefetch").needProfiles())
        .isTrue();
    assertThatThrownBy(() -> OptionsReader.read("--modes", "aws")).hasMessageContaining("--aws");
    assertThatThrownBy(() -> OptionsReader.read("--aws", "/nowhere")).hasMessageContaining("--aws");
    assertThatThrownBy(() -> OptionsReader.read("--images", "nginx")).hasMessageContaining("redis");
    assertThatThrownBy(() -> OptionsReader.read("--runs", "0")).hasMessageContaining("--runs");
    assertThatThrownBy(() -> OptionsReader.read("--runs")).hasMessageContaining("--runs");
    assertThatThrownBy(() -> OptionsReader.read("--what", "x")).hasMessageContaining("--what");
  }
}
