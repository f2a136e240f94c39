package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ProxyOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProxyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "https://reg.example, '', true",
    "http://reg.example, '', false",
    "https://localhost:5000, '', false",
    "https://127.0.0.2:5000, '', false",
    "https://[::1]:5000, '', false",
    "https://reg.example, '*', false",
    "https://reg.example, 'reg.example', false",
    "https://a.reg.example, 'reg.example', false",
    "https://areg.example, 'reg.example', true",
    "https://a.reg.example, '.reg.example', false",
    "https://reg.example, '.reg.example', true",
    "https://a.reg.example, '*.reg.example', false",
    "https://reg.example, ' x , REG.example ,', false",
    "https://reg.example:5000, 'reg.example:5000', false",
    "https://reg.example, 'reg.example:5000', true",
    "https://10.1.2.3, '10.0.0.0/8', false",
    "https://11.1.2.3, '10.0.0.0/8', true",
    "https://10.1.2.3, '10.1.2.0/31', true",
    "https://10.1.2.3, '10.1.2.2/31', false",
    "https://[fd00::5], 'fd00::/8', false",
    "https://reg.example, '10.0.0.0/8', true",
    "https://10.1.2.3, '10.0.0.0/99', true",
    "https://10.1.2.3, '10.0.0.0/', true",
  })
  void exceptionsAreObeyed(String url, String exceptions, boolean proxied) {
    Proxies proxies =
        new Proxies(Map.of("HTTPS_PROXY", "http://proxy:3128", "NO_PROXY", exceptions));
    assertThat(proxies.forOrigin(Target.of(url).origin()) != null).isEqualTo(proxied);
  }

  @ParameterizedTest
  @CsvSource({
    "proxy:3128, proxy, 3128, HTTP",
    "http://proxy, proxy, 80, HTTP",
    "http://ann:p%40ss@proxy:1, proxy, 1, HTTP",
    "socks5://proxy, proxy, 1080, SOCKS5",
  })
  void aProxyIsRead(String value, String host, int port, String type) {
    ProxyOptions proxy =
        new Proxies(Map.of("http_proxy", value))
            .forOrigin(new HttpOrigin(false, "reg.example", 80));
    assertThat(proxy.getHost()).isEqualTo(host);
    assertThat(proxy.getPort()).isEqualTo(port);
    assertThat(proxy.getType()).hasToString(type);
    assertThat(proxy.getPassword()).isEqualTo(value.contains("@") ? "p@ss" : null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://hush@proxy", "ftp://proxy", "http://a b:hush@c", "http://"})
  void aProxyThatIsNoneIsNamedAndNotQuoted(String value) {
    assertThatThrownBy(() -> new Proxies(Map.of("HTTPS_PROXY", value)))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("HTTPS_PROXY")
        .hasMessageNotContaining("hush");
  }

  @Test
  void whatIsOnLoopbackNeedsNoProxy() throws Exception {
    TestCertificates certificates = new TestCertificates(directory.resolve("tls"));
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory)
                .withAccess(new Access.Bearer("a", "b", Duration.ofMinutes(1), true, true))
                .withTls(certificates.server("reg.example", false)),
            options -> options)) {
      List<String> asked = new CopyOnWriteArrayList<>();
      int port = Bench.await(proxy(bench, asked)).actualPort();
      RegistryClient client =
          RegistryClients.create(
              bench.vertx,
              bench
                  .options
                  .withCaFiles(List.of(certificates.ca))
                  .withEnvironment(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + port)));
      Descriptor blob = bench.blob(Bench.random(100_000));
      // Its certificate is for a name only, so it is not trusted; but that is seen without a proxy.
      Repository near = new Repository("127.0.0.1:" + bench.registry.port(), "team/app");
      SluiceException failure = Bench.failure(client.range(near, blob, 0, 10, _ -> {}));
      assertThat(failure).hasMessageContaining("certificate is not trusted");
      assertThat(asked).isEmpty();
      Bench.await(client.close());
    }
  }

  @Test
  void aRangeComesThroughTheProxy() throws Exception {
    TestCertificates certificates = new TestCertificates(directory.resolve("tls"));
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory).withTls(certificates.server("reg.example", false)),
            options -> options)) {
      List<String> asked = new CopyOnWriteArrayList<>();
      int port = Bench.await(proxy(bench, asked)).actualPort();
      RegistryClient client =
          RegistryClients.create(
              bench.vertx,
              bench
                  .options
                  .withCaFiles(List.of(certificates.ca))
                  .withEnvironment(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + port)));
      Descriptor blob = bench.blob(Bench.random(100_000));
      Repository far = new Repository("reg.example:" + bench.registry.port(), "team/app");
      for (int i = 0; i < 5; i++) {
        Bench.await(client.range(far, blob, i, i + 10, _ -> {}));
      }
      assertThat(asked).containsExactly("CONNECT reg.example:" + bench.registry.port());
      Bench.await(client.close());
    }
  }

  /** A proxy that leads every name to this machine. */
  private static Future<HttpServer> proxy(Bench bench, List<String> asked) {
    NetClient out = bench.vertx.createNetClient();
    return bench
        .vertx
        .createHttpServer()
        .requestHandler(request -> connect(request, out, bench.registry.port(), asked))
        .listen(0, "127.0.0.1");
  }

  private static void connect(
      HttpServerRequest request, NetClient out, int port, List<String> asked) {
    asked.add(request.method() + " " + request.authority());
    if (!request.method().equals(HttpMethod.CONNECT)) {
      request.response().setStatusCode(405).end();
      return;
    }
    request.pause();
    out.connect(port, "127.0.0.1")
        .compose(far -> request.toNetSocket().map(near -> join(near, far)))
        .onFailure(_ -> request.response().setStatusCode(502).end());
  }

  private static NetSocket join(NetSocket near, NetSocket far) {
    near.pipeTo(far);
    far.pipeTo(near);
    return near;
  }
}
