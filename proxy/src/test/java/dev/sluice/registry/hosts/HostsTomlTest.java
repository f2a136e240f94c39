package dev.sluice.registry.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The meaning of hosts.toml. */
final class HostsTomlTest {
  private static final Path FILE = Path.of("/etc/containerd/certs.d/r.example/hosts.toml");

  private static List<ConfiguredHost> hosts(String text) {
    return HostsToml.parse(FILE, text).hosts();
  }

  private static ConfiguredHost first(String text) {
    return hosts(text).getFirst();
  }

  private static List<String> places(String text) {
    return hosts(text).stream()
        .map(host ->
            host.url() == null
                ? "itself"
                : (host.url().tls() ? "https://" : "http://")
                    + host.url().authority()
                    + host.url().base())
        .toList();
  }

  @Test
  void hostsComeInTheFilesOrderAndTheServerLast() {
    assertThat(
            places(
                """
                server = "https://up.example"
                [host."https://z.example"]
                [host."http://m.example:5000"]
                [host."https://a.example".header]
                x = "1"
                [host."https://a.example"]
                """))
        .containsExactly(
            "https://z.example/v2",
            "http://m.example:5000/v2",
            "https://a.example/v2",
            "https://up.example/v2");
  }

  @ParameterizedTest
  @CsvSource({
    "https://m.example, false, https://m.example/v2",
    "https://m.example/, false, https://m.example/v2",
    "https://m.example/v2, false, https://m.example/v2",
    "https://m.example/v2/, false, https://m.example/v2",
    "https://m.example//a/../b/./c, false, https://m.example/b/c/v2",
    "https://m.example/v2/proxy, false, https://m.example/v2/proxy/v2",
    "https://m.example/v2/proxy, true, https://m.example/v2/proxy",
    "https://m.example, true, https://m.example",
    "https://m.example/, true, https://m.example",
    "m.example:5000, false, https://m.example:5000/v2",
    "m.example/x, false, https://m.example/x/v2",
    "httpbin.example, false, https://httpbin.example/v2",
    "http://[::1]:5000, false, http://[::1]:5000/v2",
    "https://ann:hush@m.example/a?b=c, false, https://m.example/a/v2",
  })
  void aPlaceIsRead(String url, boolean override, String place) {
    String keys = "override_path = " + override + "\n";
    assertThat(places("[host.\"" + url + "\"]\n" + keys)).containsExactly(place, "itself");
    assertThat(places("server = \"" + url + "\"\n" + keys)).containsExactly(place);
  }

  @Test
  void capabilitiesCountForTheHostThatHasThem() {
    List<ConfiguredHost> hosts =
        hosts(
            """
            server = "https://up.example"
            capabilities = ["Push", "RESOLVE"]
            [host."https://a.example"]
            capabilities = ["pull"]
            [host."https://b.example"]
            capabilities = []
            [host."https://c.example"]
            """);
    assertThat(hosts)
        .extracting(ConfiguredHost::capabilities)
        .containsExactly(
            Set.of(Capability.PULL),
            Capability.ALL,
            Capability.ALL,
            Set.of(Capability.PUSH, Capability.RESOLVE));
  }

  @Test
  void withoutAServerTheRegistryItselfCanDoAllAndKeepsTheRest() {
    ConfiguredHost last =
        hosts(
                """
                capabilities = ["pull"]
                skip_verify = true
                dial_timeout = "2s"
                [header]
                x = "1"
                [host."https://a.example"]
                """)
            .getLast();
    assertThat(last.url()).isNull();
    assertThat(last.capabilities()).isEqualTo(Capability.ALL);
    assertThat(last.tls().verifies()).isFalse();
    assertThat(last.dialTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(last.headers()).isEqualTo(Map.of("x", List.of("1")));
  }

  @Test
  void certificatesComeInAllShapesAndRelativeToTheFile() {
    assertThat(files("ca = 'a.pem'")).containsExactly("/etc/containerd/certs.d/r.example/a.pem");
    assertThat(files("ca = ['/x/a.pem', '../b.pem']"))
        .containsExactly("/x/a.pem", "/etc/containerd/certs.d/r.example/../b.pem");
    assertThat(pairs("client = '/c.pem'")).containsExactly("/c.pem=/c.pem");
    assertThat(pairs("client = ['/c.pem', '/d.pem']"))
        .containsExactly("/c.pem=/c.pem", "/d.pem=/d.pem");
    assertThat(pairs("client = [['/c.pem', '/c.key'], ['/d.pem', '']]"))
        .containsExactly("/c.pem=/c.key", "/d.pem=/d.pem");
    assertThat(first("skip_verify = false").tls().isConfigured()).isTrue();
    assertThat(first("skip_verify = false").tls().verifies()).isTrue();
    assertThat(first("").tls().isConfigured()).isFalse();
  }

  private static List<String> files(String text) {
    return first(text).tls().authorities().stream().map(file -> file.path().toString()).toList();
  }

  private static List<String> pairs(String text) {
    return first(text).tls().clients().stream()
        .map(pair -> pair.certificate().path() + "=" + pair.key().path())
        .toList();
  }

  @Test
  void headersAreOneOrSeveralValues() {
    ConfiguredHost host =
        first(
            """
            [host."https://a.example".header]
            x-one = "1"
            X-Two = ["2", "3"]
            Host = "other.example"
            """);
    assertThat(host.headers()).isEqualTo(Map.of("X-Two", List.of("2", "3"), "x-one", List.of("1")));
  }

  @ParameterizedTest
  @CsvSource({
    "1s, 1000",
    "300ms, 300",
    "1.5h, 5400000",
    "1m30.5s, 90500",
    ".5s, 500",
    "2000us, 2",
    "3000µs, 3",
    "4000000ns, 4",
  })
  void aDialTimeoutIsWrittenAsInGo(String text, long millis) {
    assertThat(first("dial_timeout = '" + text + "'").dialTimeout())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void noDialTimeoutIsNone() {
    assertThat(first("dial_timeout = ''").dialTimeout()).isNull();
    assertThat(first("dial_timeout = '0'").dialTimeout()).isNull();
    assertThat(first("dial_timeout = '0s'").dialTimeout()).isNull();
  }

  @Test
  void keysMayBeWrittenInAnyCase() {
    assertThat(places("Server = 'https://up.example'")).containsExactly("https://up.example/v2");
    assertThat(first("SKIP_VERIFY = true").tls().verifies()).isFalse();
  }

  @Test
  void keysThatMeanNothingAreNamed() {
    HostsToml.Parsed parsed =
        HostsToml.parse(
            FILE,
            """
            server = "https://up.example"
            [host."https://a.example"]
            capabilites = ["pull"]
            [other]
            """);
    assertThat(parsed.ignored()).containsExactly("'capabilites' (line 3)", "'other' (line 4)");
    assertThat(parsed.hosts()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "capabilities = ['pull', 'pusch']",
        "capabilities = 'pull'",
        "capabilities = [1]",
        "server = 1",
        "server = 'https://'",
        "server = 'ftp://m.example'",
        "server = 'https://m.example:99999'",
        "server = 'https://m.example:0'",
        "server = 'https://a b.example'",
        "server = 'https://m.example/a b'",
        "ca = 1",
        "ca = [1]",
        "ca = [['a']]",
        "client = 1",
        "client = [1]",
        "client = [['a']]",
        "client = [['a', 'b', 'c']]",
        "client = [['a', 1]]",
        "skip_verify = 'true'",
        "override_path = 1",
        "dial_timeout = 1",
        "dial_timeout = '1'",
        "dial_timeout = '-1s'",
        "dial_timeout = 's'",
        "dial_timeout = '999999999999h'",
        "header = 1",
        "header.x = 1",
        "header.x = [1]",
        "header.'a b' = 'c'",
        "header.x = \"a\\nb\"",
        "host = 1",
        "host.'https://m.example' = 1",
        "host.'' = {}",
        "server = 'https://a.example'\nserver = 'https://b.example'",
        "[host.'https://a.example']\n[host.'https://a.example']",
        "server = ",
        "ca = \"\\u0000\"",
      })
  void whatIsWrongIsAFailureWithItsLine(String wrong) {
    assertThatThrownBy(() -> hosts("# one\n# two\n" + wrong))
        .isInstanceOfSatisfying(
            SluiceException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FailureKind.INVALID);
              assertThat(e.getMessage())
                  .startsWith("read " + FILE + ": line ")
                  .containsPattern(": line [345]: ");
            });
  }

  @Test
  void aUsersPasswordIsNotRepeated() {
    assertThatThrownBy(() -> hosts("[host.'https://ann:hush@m.example:0?sig=hush']"))
        .hasMessageContaining("m.example")
        .hasMessageNotContaining("hush");
  }

  @Test
  void noBytesDoMoreThanFail() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String good =
        """
        server = "https://up.example"
        capabilities = ["pull", "resolve"]
        ca = ["a.pem", "b.pem"]
        client = [["c.pem", "c.key"]]
        [host."https://a.example"]
        skip_verify = true
        dial_timeout = "1s"
        [host."https://a.example".header]
        x = ["1", "2"]
        """;
    int failed = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(i % 2 == 0 ? 128 : 256);
      }
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      failed += fails(text, seed) ? 1 : 0;
    }
    assertThat(failed).as("seed %d", seed).isGreaterThan(100);
    assertThat(fails("[".repeat(100_000), seed)).isTrue();
    assertThat(fails("a = " + "[".repeat(100_000), seed)).isTrue();
    assertThat(fails("a = " + "{a=".repeat(50_000), seed)).isTrue();
  }

  private static boolean fails(String text, long seed) {
    try {
      hosts(text);
      return false;
    } catch (SluiceException e) {
      assertThat(e.kind()).as("seed %d", seed).isEqualTo(FailureKind.INVALID);
      return true;
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed + " of " + text, e);
    }
  }
}
