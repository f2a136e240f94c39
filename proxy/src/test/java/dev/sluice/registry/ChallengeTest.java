package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ChallengeTest {
  static Stream<Arguments> headers() {
    return Stream.of(
        row("Basic realm=\"x\"", challenge("basic", "realm", "x")),
        row("basic", challenge("basic")),
        row(
            "Bearer realm=\"https://auth/token\",service=\"registry\",scope=\"repository:a/b:pull,push\"",
            challenge(
                "bearer",
                "realm",
                "https://auth/token",
                "service",
                "registry",
                "scope",
                "repository:a/b:pull,push")),
        row("BEARER Realm = \"r\" , SERVICE=s", challenge("bearer", "realm", "r", "service", "s")),
        row(
            "Bearer realm=\"a \\\"quoted\\\" \\\\ word, with = and, commas\"",
            challenge("bearer", "realm", "a \"quoted\" \\ word, with = and, commas")),
        row(
            "Negotiate, Basic realm=\"x\", Bearer realm=\"y\",error=\"invalid_token\"",
            challenge("negotiate"),
            challenge("basic", "realm", "x"),
            challenge("bearer", "realm", "y", "error", "invalid_token")),
        row(
            "Negotiate YWJj==, Basic realm=x",
            challenge("negotiate", "ywjj", ""),
            challenge("basic", "realm", "x")),
        row("Bearer realm=\"unfinished", challenge("bearer", "realm", "unfinished")),
        row("Bearer realm=\"unfinished\\", challenge("bearer", "realm", "unfinished\\")),
        row("Bearer realm=", challenge("bearer", "realm", "")),
        row("Bearer realm=a,realm=b", challenge("bearer", "realm", "a")),
        row("=,=\"\",,", new Challenge[0]),
        row("", new Challenge[0]));
  }

  private static Arguments row(String header, Challenge... expected) {
    return Arguments.of(header, List.of(expected));
  }

  private static Challenge challenge(String scheme, String... parameters) {
    Map<String, String> all = new java.util.LinkedHashMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      all.put(parameters[i], parameters[i + 1]);
    }
    return new Challenge(scheme, all);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void isRead(String header, List<Challenge> expected) {
    assertThat(Challenge.parse(List.of(header))).isEqualTo(expected);
  }

  @org.junit.jupiter.api.Test
  void severalHeadersAreRead() {
    assertThat(Challenge.parse(List.of("Basic realm=x", "Bearer realm=y")))
        .extracting(Challenge::scheme)
        .containsExactly("basic", "bearer");
  }
}
