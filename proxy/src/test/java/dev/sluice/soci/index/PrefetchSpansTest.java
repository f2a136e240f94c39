package dev.sluice.soci.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefetchSpansTest {
  @ParameterizedTest
  @CsvSource({
    "1-2, 1-2",
    "1-5 3-8, 1-8",
    "1-2 3-4, 1-4",
    "1-2 4-5, 1-2 4-5",
    "9-9 1-1 5-6 6-7, 1-1 5-7 9-9",
    "1-9 2-3, 1-9",
    "0-0 0-0, 0-0",
  })
  void mergesWhatOverlapsOrTouches(String ranges, String merged) {
    var parsed =
        Arrays.stream(ranges.split(" "))
            .map(r -> r.split("-"))
            .map(r -> new PrefetchSpans.Range(Integer.parseInt(r[0]), Integer.parseInt(r[1]), 0))
            .toList();
    assertThat(
            PrefetchSpans.merged(parsed).ranges().stream()
                .map(r -> r.first() + "-" + r.last())
                .collect(Collectors.joining(" ")))
        .isEqualTo(merged);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":10,\"end_span\":15},"
            + "{\"start_span\":50,\"end_span\":55}]}",
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":0,\"end_span\":0,\"priority\":2}]}"
      })
  void writesWhatItReads(String json) {
    assertThat(PrefetchSpans.parse("test", json.getBytes(UTF_8)).write())
        .asString(UTF_8)
        .isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"version\":\"2.0\"} | its version is '2.0', not 1.0",
        "{} | its version is ''",
        "{\"version\":\"1.0\",\"prefetch_spans\":[]} | field prefetch_spans: there are none",
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":2,\"end_span\":1}]}"
            + " | field prefetch_spans[0].end_span: 1 is before start_span 2",
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":-1,\"end_span\":1}]}"
            + " | prefetch_spans[0].start_span: -1 is no span",
        "{\"version\":\"1.0\",\"prefetch_spans\":[{\"start_span\":1,\"end_span\":4294967296}]}"
            + " | prefetch_spans[0].end_span: 4294967296 is no span",
        "{\"version\":\"1.0\",\"prefetch_spans\":[7]} | field prefetch_spans[0]: expected an object",
      })
  void refuses(String json, String message) {
    assertThatThrownBy(() -> PrefetchSpans.parse("prefetch artifact", json.getBytes(UTF_8)))
        .hasMessageStartingWith("parse prefetch artifact: ")
        .hasMessageContaining(message);
  }

  @Test
  void cleansPaths() {
    assertThat(LayerPath.clean("/etc/./x/../passwd/")).isEqualTo("etc/passwd");
    assertThat(LayerPath.clean("../../a//b")).isEqualTo("a/b");
    assertThat(LayerPath.clean("/")).isEmpty();
  }
}
