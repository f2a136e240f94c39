package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry can't make a node ask what only the node may ask. */
final class ReferralTest {
  private static final HttpOrigin REGISTRY = Target.of("https://registry.test/").origin();
  private static final HttpOrigin PLAIN = Target.of("http://registry.test/").origin();
  private static final HttpOrigin LOCAL = Target.of("http://127.0.0.1:5000/").origin();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/iam/",
        "http://169.254.170.2/v2/credentials",
        "http://[fe80::1]/",
        "http://[fe80::1%1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://100.100.100.200/",
        "http://192.0.0.192/",
        "http://168.63.129.16/",
        "http://0.0.0.0:2379/",
        "http://224.0.0.1/",
        "http://127.0.0.1:10255/pods",
        "http://127.9.9.9/",
        "http://[::1]/",
        "http://localhost:8080/",
        "http://LOCALHOST./",
        "http://x.localhost/",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
      })
  void aRemoteRegistryMayNotSendThere(String place) {
    HttpOrigin to = Target.of(place).origin();
    assertThat(Referral.objection(PLAIN, to)).isNotNull();
    HttpOrigin byTls = new HttpOrigin(true, to.host(), 443);
    assertThat(Referral.objection(REGISTRY, byTls)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://auth.docker.io/token",
        "https://production.cloudflare.docker.com/registry-v2/x",
        "https://10.1.2.3/storage",
        "https://[fd12:3456::1]/storage",
        "https://192.168.0.7:8443/",
        "https://3scale.example/",
        "https://1.example/",
      })
  void otherHostsAreUsual(String place) {
    assertThat(Referral.objection(REGISTRY, Target.of(place).origin())).isNull();
  }

  @Test
  void fromTlsToPlainIsNoWay() {
    assertThat(Referral.objection(REGISTRY, Target.of("http://cdn.test/").origin()))
        .contains("TLS");
    assertThat(Referral.objection(PLAIN, Target.of("http://cdn.test/").origin())).isNull();
  }

  @Test
  void aRegistryOnThisMachineMayStayOnIt() {
    assertThat(Referral.objection(LOCAL, Target.of("http://127.0.0.1:5001/x").origin())).isNull();
    assertThat(Referral.objection(LOCAL, Target.of("http://localhost:5001/x").origin())).isNull();
    assertThat(Referral.objection(LOCAL, Target.of("http://169.254.169.254/").origin()))
        .isNotNull();
  }

  @Test
  void aRedirectToAMetadataServiceIsRefused() {
    refused(new Fault.Status(307, Map.of("Location", "http://169.254.169.254/latest/"), ""));
  }

  @Test
  void aTokenEndpointAtAMetadataServiceIsRefused() {
    String realm = "Bearer realm=\"http://169.254.169.254/latest/meta-data\",service=\"x\"";
    refused(new Fault.Status(401, Map.of("WWW-Authenticate", realm), ""));
  }

  private void refused(Fault fault) {
    try (Bench bench = Bench.plain(directory)) {
      Descriptor blob = bench.blob(new byte[100]);
      bench.registry.faults().planBlob(9, fault);
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, blob, 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageContaining("169.254.169.254");
    }
  }

  /** As a name would lead there that resolves to a forbidden address. */
  @Test
  void aConnectionToAForbiddenAddressIsClosedBeforeARequestIsSent() {
    try (Bench bench = new Bench(EmbeddedOptions.in(directory), options -> options)) {
      AtomicInteger requests = new AtomicInteger();
      var server =
          bench
              .vertx
              .createHttpServer()
              .requestHandler(request -> {
                requests.incrementAndGet();
                request.response().end();
              });
      int port = Bench.await(server.listen(0, "127.0.0.1")).actualPort();
      HttpOrigin origin = new HttpOrigin(false, "127.0.0.1", port);
      Pools pools = new Pools(bench.vertx, bench.options, "127.0.0.1"::equals);
      var answer =
          pools
              .get(origin, Reach.DEFAULT)
              .compose(pool -> pool.request(HttpMethod.GET, port, "127.0.0.1", "/latest/"))
              .compose(HttpClientRequest::send);
      assertThatThrownBy(() -> Bench.await(answer)).isNotInstanceOf(AssertionError.class);
      assertThat(requests).hasValue(0);
      Bench.await(pools.close());
      Pools others = new Pools(bench.vertx, bench.options);
      Bench.await(
          others
              .get(origin, Reach.DEFAULT)
              .compose(pool -> pool.request(HttpMethod.GET, port, "127.0.0.1", "/latest/"))
              .compose(HttpClientRequest::send));
      assertThat(requests).hasValue(1);
      Bench.await(others.close());
    }
  }
}
