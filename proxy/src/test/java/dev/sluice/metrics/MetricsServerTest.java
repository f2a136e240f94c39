package dev.sluice.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.fuse.FuseCounters;
import dev.sluice.layer.ReadLog;
import dev.sluice.registry.FailoverReason;
import dev.sluice.registry.RegistryCounters;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private final Vertx vertx = Vertx.vertx();
  private final SluiceMetrics metrics = new SluiceMetrics("1.2.3");
  private final MetricsServer server = new MetricsServer(vertx, metrics.registry(), "1.2.3");
  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    port =
        server
            .listen("127.0.0.1:0")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    metrics.close();
  }

  private HttpResponse<String> get(String path, String accept) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Accept", accept)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void countersSurviveGarbageCollectionAndComeInBothFormats() throws Exception {
    metrics.bind(new ReadLog());
    metrics.counter("sluice_test_total", "A test", Tags.of("kind", "x"), () -> 7);
    RegistryCounters traffic = new RegistryCounters();
    traffic.requestFinished("GET", 2, 10, Duration.ZERO);
    traffic.requestFinished("HEAD", 0, 0, Duration.ZERO);
    traffic.tokenRefreshed(false);
    traffic.failedOver(FailoverReason.NOT_FOUND);
    metrics.bind(traffic);
    metrics.bind(new FuseCounters());
    System.gc();
    HttpResponse<String> text = get("/metrics", "*/*");
    assertThat(text.statusCode()).isEqualTo(200);
    assertThat(text.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
    assertThat(text.body())
        .contains("sluice_test_total{kind=\"x\"} 7.0")
        .contains("sluice_reads_total{outcome=\"hit\"} 0.0")
        .contains("sluice_fuse_request_duration_seconds_bucket{op=\"read\",le=\"0.001\"} 0")
        .contains("sluice_fuse_request_duration_seconds_count{op=\"read\"} 0")
        .contains("sluice_registry_dead 0")
        .contains("sluice_build_info{")
        .contains("sluice_registry_requests_total{code_class=\"2xx\",method=\"GET\"} 1.0")
        .contains("sluice_registry_requests_total{code_class=\"none\",method=\"HEAD\"} 1.0")
        .contains("sluice_registry_failovers_total{reason=\"not_found\"} 1.0")
        .contains("sluice_registry_failovers_total{reason=\"unreachable\"} 0.0")
        .contains("sluice_registry_token_refreshes_total{outcome=\"error\"} 1.0")
        .contains("sluice_fuse_requests_total{op=\"read\",outcome=\"error\"} 0.0")
        .contains("jvm_memory_used_bytes");
    HttpResponse<String> open = get("/metrics", "application/openmetrics-text; version=1.0.0");
    assertThat(open.body()).endsWith("# EOF\n");
  }

  @Test
  void readinessNamesWhatIsMissing() throws Exception {
    AtomicBoolean mounted = new AtomicBoolean();
    server.requireForReady("mounted", mounted::get);
    HttpResponse<String> before = get("/readyz", "*/*");
    assertThat(before.statusCode()).isEqualTo(503);
    assertThat(before.body()).contains("[-] mounted");
    mounted.set(true);
    assertThat(get("/readyz", "*/*").statusCode()).isEqualTo(200);
    assertThat(get("/readyz?verbose", "*/*").body()).contains("[+] mounted");
    assertThat(get("/livez", "*/*").body()).isEqualTo("ok\n");
    assertThat(get("/version", "*/*").body()).isEqualTo("1.2.3\n");
    assertThat(get("/other", "*/*").statusCode()).isEqualTo(404);
  }

  @Test
  void anAddressWithoutAPortIsRefused() {
    assertThatThrownBy(() -> server.listen("localhost"))
        .hasMessageContaining("'localhost' has no port");
  }
}
