package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetTest {
  private static final Target HERE = Target.of("https://reg.example:5000/v2/a/blobs/x?sig=1");

  @ParameterizedTest
  @CsvSource({
    "https://cdn.example/p?q=%2F+1, https://cdn.example, /p?q=%2F+1",
    "HTTPS://CDN.example:443/p, https://cdn.example, /p",
    "http://cdn.example:80/p, http://cdn.example, /p",
    "http://cdn.example:443/p, http://cdn.example:443, /p",
    "https://user:pass@cdn.example/p, https://cdn.example, /p",
    "https://cdn.example, https://cdn.example, /",
    "https://cdn.example?a=b, https://cdn.example, /?a=b",
    "https://[::1]:8443/p, https://[::1]:8443, /p",
    "//cdn.example/p, https://cdn.example, /p",
    "/other?u=https://evil/x, https://reg.example:5000, /other?u=https://evil/x",
    "y?s=2, https://reg.example:5000, /v2/a/blobs/y?s=2",
    "?s=2, https://reg.example:5000, /v2/a/blobs/x?s=2",
    "/p#part, https://reg.example:5000, /p",
  })
  void aLocationIsResolved(String location, String origin, String uri) {
    Target target = HERE.resolve(location);
    assertThat(target.origin()).hasToString(origin);
    assertThat(target.uri()).isEqualTo(uri);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "#x",
        "ftp://host/",
        "https://",
        "https://:80/",
        "https://host:0/",
        "https://host:70000/",
        "https://host:8x/",
        "https://host/a b",
        "https://host\\@evil/",
        "/a\r\nX-Injected: 1",
        "javascript://x",
      })
  void nonsenseIsRefusedWithoutBeingQuoted(String location) {
    assertThatThrownBy(() -> HERE.resolve(location))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("?");
  }

  @Test
  void theTextFormHasNoQuery() {
    assertThat(HERE).hasToString("https://reg.example:5000/v2/a/blobs/x");
    assertThat(HERE.withQuery("a=b").uri()).isEqualTo("/v2/a/blobs/x?sig=1&a=b");
    assertThat(Target.of("https://h/x").withQuery("a=b").uri()).isEqualTo("/x?a=b");
  }

  @ParameterizedTest
  @CsvSource({
    "https://a/x, https://a:443/y, true",
    "https://a/x, https://A/y, true",
    "https://a/x, https://a:444/y, false",
    "https://a/x, http://a:443/y, false",
    "https://a/x, https://b/y, false",
    "https://a/x, https://a.b/y, false",
  })
  void theOriginIsSchemeHostAndPort(String one, String other, boolean same) {
    assertThat(Target.of(one).origin().equals(Target.of(other).origin())).isEqualTo(same);
  }
}
