package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.filter.Fields;
import dev.sluice.snapshot.filter.Filter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar of filters; {@link ContainerdConformanceTest} compares it with containerd's. */
final class FilterTest {
  private static final Fields FIELDS =
      path -> {
        Map<String, String> values =
            Map.of("name", "a.b/c:d", "kind", "active", "labels|x.y", "é\t\"", "labels|e", "");
        return values.get(String.join("|", path));
      };

  private static boolean matches(String... filters) {
    return Filter.parse(List.of(filters)).matches(FIELDS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name",
        "name==a.b/c:d",
        "name == a.b/c:d",
        "name==\"a.b/c:d\"",
        "name==\"\\x61.b\\u002fc\\072d\"",
        "name,kind==active",
        "kind!=view",
        "none!=x",
        "none~=^$",
        "name~=b/",
        "name~=/^a\\/b|c:/",
        "name~=|^a.b/|",
        "name~=\"^(?P<first>a)\"",
        "labels.\"x.y\"==\"é\\t\\\"\"",
        "labels.e",
        "\"labels\".\"x.y\"~=\"é\"",
        "labels.\"x.y\"==\"\\u00e9\\t\\\"\"",
        "labels.\"x.y\"==\"\\303\\251\\t\\\"\"",
      })
  void matching(String filter) {
    assertThat(matches(filter)).isTrue();
    assertThat(matches("none", filter)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "none==x",
        "none==\"\"",
        "name==a",
        "name,none",
        "name~=^b",
        "name~=\"(\"",
        "kind!=active",
        "labels",
        "labels.x.y==1"
      })
  void notMatching(String filter) {
    assertThat(matches(filter)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        ",",
        "name,",
        ",name",
        "name==",
        "name=x",
        "name===x",
        "name=!x",
        "name!x",
        "==x",
        "name==x y",
        "name==x ,kind",
        "a..b",
        ".a",
        "a.",
        "a-b",
        "name==\"x",
        "name==\"\\q\"",
        "name==\"\\x1\"",
        "name==\"\\400\"",
        "name==\"\\U00110000\"",
        "name==/x/",
        "name==|x|",
        "/name/==x",
        "name==\"x\"y",
        "name==\u0000",
        "name~=/a",
        "name==\"a\nb\"",
        "name==\"\\"
      })
  void malformed(String filter) {
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(() -> matches(filter))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID));
  }

  @Test
  void aSearchIsBounded() {
    Fields evil = _ -> "a".repeat(400);
    Filter filter = Filter.parse(List.of("name~=\".*.*.*.*.*.*=\""));
    assertThatExceptionOfType(SluiceException.class)
        .isThrownBy(() -> filter.matches(evil))
        .withMessageContaining("steps");
  }
}
