package dev.sluice.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The embedded registry as another client sees it: the JDK's. */
final class EmbeddedRegistryTest {
  private static final byte[] BYTES = bytes(300_000);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void stop() throws Exception {
    http.close();
    await(vertx.close());
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(60, TimeUnit.SECONDS);
  }

  private EmbeddedRegistry start(EmbeddedOptions options) throws Exception {
    return await(EmbeddedRegistry.start(vertx, options));
  }

  private static HttpRequest.Builder request(EmbeddedRegistry registry, String path) {
    URI uri = URI.create(path.startsWith("http") ? path : "http://" + registry.host() + path);
    return HttpRequest.newBuilder(uri);
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "none, 200, 0, 300000",
        "bytes=0-0, 206, 0, 1",
        "bytes=299999-, 206, 299999, 300000",
        "bytes=-10, 206, 299990, 300000",
        "bytes=100-999999999, 206, 100, 300000",
        "'bytes=0-1,5-6', 200, 0, 300000",
        "lines=0-1, 200, 0, 300000",
        "bytes=5-4, 200, 0, 300000",
        "bytes=300000-, 416, 0, 0",
        "bytes=-0, 416, 0, 0",
      })
  void servesARange(String range, int status, int from, int to) throws Exception {
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory));
    Path file = Files.write(directory.resolve("layer"), BYTES);
    Digest digest = Digest.sha256(BYTES);
    await(registry.serveFile("a/b", digest, file));
    HttpRequest.Builder request = request(registry, "/v2/a/b/blobs/" + digest);
    HttpResponse<byte[]> answer = send(range == null ? request : request.header("Range", range));
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(BYTES, from, to));
    assertThat(registry.traffic().bytesSent(digest)).isEqualTo(status == 416 ? 0 : to - from);
    assertThat(registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void takesABlobInPieces() throws Exception {
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory));
    Digest digest = Digest.sha256(BYTES);
    HttpResponse<byte[]> begun = send(request(registry, "/v2/a/b/blobs/uploads/").POST(body(0, 0)));
    assertThat(begun.statusCode()).isEqualTo(202);
    String place = location(registry, begun);
    HttpResponse<byte[]> first = send(request(registry, place).method("PATCH", body(0, 100_000)));
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(first.headers().firstValue("Range")).hasValue("0-99999");
    HttpResponse<byte[]> gap =
        send(
            request(registry, place)
                .header("Content-Range", "150000-299999")
                .method("PATCH", body(150_000, 300_000)));
    assertThat(gap.statusCode()).isEqualTo(416);
    assertThat(send(request(registry, place).method("PATCH", body(100_000, 200_000))).statusCode())
        .isEqualTo(202);
    HttpResponse<byte[]> done =
        send(request(registry, place + "&digest=" + digest).PUT(body(200_000, 300_000)));
    assertThat(done.statusCode()).isEqualTo(201);
    assertThat(send(request(registry, "/v2/a/b/blobs/" + digest)).body()).isEqualTo(BYTES);
    assertThat(send(request(registry, "/v2/other/blobs/" + digest)).statusCode()).isEqualTo(404);
    assertThat(
            send(request(registry, "/v2/other/blobs/uploads/?from=a/b&mount=" + digest)
                    .POST(body(0, 0)))
                .statusCode())
        .isEqualTo(201);
    assertThat(send(request(registry, "/v2/other/blobs/" + digest)).body()).isEqualTo(BYTES);
  }

  @Test
  void refusesABlobThatIsNotWhatItsDigestSays() throws Exception {
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory));
    Digest digest = Digest.sha256(BYTES);
    HttpResponse<byte[]> answer =
        send(request(registry, "/v2/a/b/blobs/uploads/?digest=" + digest).POST(body(1, 300_000)));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(send(request(registry, "/v2/a/b/blobs/" + digest)).statusCode()).isEqualTo(404);
  }

  @Test
  void refusesAManifestWhoseBlobsAreMissing() throws Exception {
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory));
    String blob = "{\"digest\":\"" + Digest.sha256(BYTES) + "\",\"size\":1,\"mediaType\":\"x\"}";
    String manifest = "{\"schemaVersion\":2,\"config\":" + blob + ",\"layers\":[" + blob + "]}";
    HttpRequest.Builder put =
        request(registry, "/v2/a/b/manifests/t")
            .header("Content-Type", MediaTypes.OCI_MANIFEST)
            .PUT(HttpRequest.BodyPublishers.ofString(manifest));
    assertThat(send(put).statusCode()).isEqualTo(400);
    await(registry.putBlob("a/b", "x", BYTES));
    assertThat(send(put).statusCode()).isEqualTo(201);
    assertThat(send(request(registry, "/v2/a/b/manifests/t")).headers().firstValue("Content-Type"))
        .hasValue(MediaTypes.OCI_MANIFEST);
  }

  @Test
  void listsTagsPageByPage() throws Exception {
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory));
    Descriptor blob = await(registry.putBlob("a/b", "x", BYTES));
    JsonObject one =
        new JsonObject()
            .put("digest", blob.digest().toString())
            .put("size", blob.size())
            .put("mediaType", "x");
    JsonObject manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("config", one)
            .put("layers", new JsonArray().add(one));
    Content image = Content.of(MediaTypes.OCI_MANIFEST, manifest.toBuffer().getBytes());
    for (String tag : List.of("c", "a", "b")) {
      await(registry.putManifest("a/b", tag, image));
    }
    HttpResponse<byte[]> page = send(request(registry, "/v2/a/b/tags/list?n=2"));
    assertThat(new String(page.body(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("{\"name\":\"a/b\",\"tags\":[\"a\",\"b\"]}");
    assertThat(page.headers().firstValue("Link"))
        .hasValue("</v2/a/b/tags/list?n=2&last=b>; rel=\"next\"");
  }

  @Test
  void aSlowLinkIsNeverFasterThanItSays() throws Exception {
    Link link = new Link(Duration.ofMillis(30), 8_000_000);
    EmbeddedRegistry registry = start(EmbeddedOptions.in(directory).withLink(link));
    Path file = Files.write(directory.resolve("layer"), BYTES);
    Digest digest = Digest.sha256(BYTES);
    await(registry.serveFile("a/b", digest, file));
    long start = System.nanoTime();
    List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      HttpRequest request = request(registry, "/v2/a/b/blobs/" + digest).build();
      all.add(http.sendAsync(request, BodyHandlers.ofByteArray()));
    }
    for (CompletableFuture<HttpResponse<byte[]>> one : all) {
      assertThat(one.get(60, TimeUnit.SECONDS).body()).isEqualTo(BYTES);
    }
    // 900 kB over 1 MB/s for all together, less the slack; a round trip for the connection and
    // one for the request.
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThan(Duration.ofMillis(900 - 5 + 60 - 5));
  }

  private static HttpRequest.BodyPublisher body(int from, int to) {
    return HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOfRange(BYTES, from, to));
  }

  private static String location(EmbeddedRegistry registry, HttpResponse<byte[]> answer) {
    return "http://" + registry.host() + answer.headers().firstValue("Location").orElseThrow();
  }
}
